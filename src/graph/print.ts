/** Prints a graph as text, one line per node, for debugging shapes. */
import type { Graph, Value } from "./graph.ts";
import { formatShape } from "./shape.ts";
import { liveNodes } from "./write.ts";

/**
 * ```
 * graph mlp(x: float32[batch, 8]) {
 *   %MatMul: float32[batch, 16] = MatMul(x, w1)
 *   return y = %Gelu:
 * }
 * ```
 */
export function printGraph(graph: Graph): string {
  const typed = (v: Value) => `${v.name}: ${v.dtype}${formatShape(v.shape)}`;
  const lines = liveNodes(graph).map((node) => {
    const attributes = Object.entries(node.attributes).filter(([, v]) => v !== undefined);
    const shown = attributes.map(([k, v]) => `${k}=${typeof v === "object" ? JSON.stringify(v) : v}`).join(", ");
    const call = `${node.operator.type}(${node.inputs.map((v) => v?.name ?? "-").join(", ")})`;
    return `  ${node.outputs.map(typed).join(", ")} = ${call}${shown ? ` {${shown}}` : ""}`;
  });
  const returns = graph.outputs.map(({ name, value }) => `  return ${name} = ${value.name}`);
  return [`graph ${graph.name}(${graph.inputs.map(typed).join(", ")}) {`, ...lines, ...returns, "}"].join("\n");
}
