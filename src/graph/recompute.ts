/**
 * Recomputation (Chen et al. 2016, "Training deep nets with sublinear memory cost"): the backward pass of each part of the graph
 * recomputes the part's values from its inputs, so that memory holds only those inputs and one part's interior at a time. Costs one more forward pass.
 */
import type { Graph, Node, Value } from "./graph.ts";
import { add, mul } from "./ops/elementwise.ts";
import { reshape } from "./ops/layout.ts";
import { slice } from "./ops/select.ts";

/** Names the part a node belongs to; undefined for nodes whose values are kept. */
export type PartOf = (node: Node) => string | undefined;

export class Recomputation {
  private readonly parts = new Map<string, Node[]>();
  private readonly made = new Set<string>();
  private readonly twins = new Map<Node, Node>();

  /** @param nodes of the forward pass, in building order. */
  constructor(
    nodes: readonly Node[],
    private readonly partOf: PartOf,
  ) {
    for (const node of nodes) {
      const part = partOf(node);
      if (part !== undefined) this.parts.set(part, [...(this.parts.get(part) ?? []), node]);
    }
  }

  /**
   * The replacement of `node` in the backward pass: the same operator over recomputed values, or the node itself where its values are kept.
   *
   * @param before values that must be computed before the node's part is recomputed: a gradient that flows into it, and the
   *   finished gradients of the later parts' parameters, so that those parts' interiors are freed first.
   */
  twinOf(node: Node, before: () => readonly Value[]): Node {
    const part = this.partOf(node);
    if (part === undefined) return node;
    if (!this.made.has(part)) {
      this.made.add(part);
      const { graph } = node.outputs[0];
      graph.scope(`again/${part}`, () => this.makeAgain(graph, this.parts.get(part)!, before()));
    }
    return this.twins.get(node) ?? node;
  }

  private makeAgain(graph: Graph, nodes: readonly Node[], before: readonly Value[]): void {
    const again = new Map<Value, Value>();
    const zero = before.map(zeroFrom).reduce(add);
    const input = (value: Value | undefined): Value | undefined => {
      if (value === undefined || again.has(value)) return value && again.get(value);
      // Parameters and constants stay in memory anyway. Other inputs are tied to the gradients; otherwise common-subexpression elimination
      // would merge the recomputation with the forward pass and keep its values.
      if (value.node === undefined || value.dtype !== "float32") return value;
      const tied = add(value, zero);
      again.set(value, tied);
      return tied;
    };
    for (const node of nodes) {
      const outputs = graph.apply(node.operator, node.inputs.map(input), node.attributes);
      for (const [i, output] of outputs.entries()) again.set(node.outputs[i], output);
      if (outputs[0].node !== undefined) this.twins.set(node, outputs[0].node);
    }
  }
}

/** A zero that depends on `value`, so that the runtime cannot schedule or fold it earlier. */
function zeroFrom(value: Value): Value {
  let first = value;
  for (let axis = 0; axis < value.rank; axis++) first = slice(first, axis, 0, 1);
  return mul(reshape(first, []), 0);
}
