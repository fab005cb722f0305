export * from "./correlation.ts";
export * from "./errors.ts";
