export * from "./risk-coverage.ts";
