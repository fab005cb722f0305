export { type Curve, curvePlot } from "./curves.ts";
export { type IntervalRow, intervalPlot } from "./intervals.ts";
export { escaped, shortened } from "./svg.ts";
export { confusionPlot, histogramPlot, type LikertRow, likertPlot } from "./tables.ts";
