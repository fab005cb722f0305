/** Every operator, as functions on values. */
export * from "./elementwise.ts";
export * from "./layout.ts";
export * from "./matmul.ts";
export * from "./normalise.ts";
export * from "./quantised.ts";
export * from "./reduce.ts";
export * from "./rotary.ts";
export * from "./select.ts";
