/**
 * Reverse-mode differentiation of a graph into the same graph: walks the nodes backwards from a scalar loss and asks each operator for
 * its derivative. The gradients are ordinary values, so a training step is one graph that the same runtime executes.
 */
import { PolyclinicError } from "../base/errors.ts";
import type { Node, Value } from "./graph.ts";
import { add } from "./ops/elementwise.ts";
import { type PartOf, Recomputation } from "./recompute.ts";
import { formatShape } from "./shape.ts";

/**
 * Gradients of a scalar `loss` with respect to each of `wrt`, in that order.
 *
 * @param recompute names the parts of the forward pass whose values are recomputed in the backward pass instead of kept (gradient checkpointing).
 * @throws graph/gradient when the loss is not a scalar, an operator between them has no derivative, or the loss does not depend on a value.
 */
export function gradients(loss: Value, wrt: readonly Value[], recompute?: PartOf): Value[] {
  const graph = loss.graph;
  if (loss.rank !== 0 || loss.dtype !== "float32") {
    throw new PolyclinicError("graph/gradient", "only a float32 scalar can be differentiated", {
      where: loss.name,
      found: `${loss.dtype}${formatShape(loss.shape)}`,
    });
  }
  const needed = nodesBetween(wrt, loss);
  const byValue = new Map<Value, Value>([[loss, graph.scalar(1)]]);
  const recomputation = recompute && new Recomputation(graph.nodes, recompute);
  const waitedFor = new Set<Value>();
  /** Gradients accumulated so far. */
  const finished = () => {
    const found = wrt.flatMap((value) => byValue.get(value) ?? []).filter((gradient) => !waitedFor.has(gradient));
    for (const gradient of found) waitedFor.add(gradient);
    return found;
  };
  for (const node of [...graph.nodes].reverse()) {
    if (!needed.has(node)) continue;
    const outputGradients = node.outputs.map((output) => byValue.get(output));
    const arrived = outputGradients.find((g) => g !== undefined);
    if (arrived === undefined) continue;
    if (node.operator.gradient === undefined) {
      throw new PolyclinicError("graph/gradient", `${node.operator.type} has no derivative`, { where: node.name });
    }
    const seen = recomputation?.twinOf(node, () => [arrived, ...finished()]) ?? node;
    const inputGradients = graph.scope(`grad/${node.name}`, () => node.operator.gradient!(seen, outputGradients));
    for (const [i, input] of node.inputs.entries()) {
      const gradient = inputGradients[i];
      if (input === undefined || gradient === undefined || !leadsFrom(input, wrt, needed)) continue;
      const earlier = byValue.get(input);
      byValue.set(input, earlier === undefined ? gradient : add(earlier, gradient));
    }
  }
  return wrt.map((value) => {
    const gradient = byValue.get(value);
    if (gradient === undefined) {
      throw new PolyclinicError("graph/gradient", "the loss does not depend on this value", { where: value.name });
    }
    return gradient;
  });
}

const leadsFrom = (value: Value, wrt: readonly Value[], needed: Set<Node>) =>
  value.node === undefined ? wrt.includes(value) : needed.has(value.node) || wrt.includes(value);

/** The nodes on some path from a value of `wrt` to the loss. */
function nodesBetween(wrt: readonly Value[], loss: Value): Set<Node> {
  const from = new Set<Value>(wrt);
  const forward = new Set<Node>();
  for (const node of loss.graph.nodes) {
    if (!node.inputs.some((input) => input !== undefined && from.has(input))) continue;
    forward.add(node);
    for (const output of node.outputs) from.add(output);
  }
  const needed = new Set<Node>();
  const open = loss.node === undefined ? [] : [loss.node];
  while (open.length > 0) {
    const node = open.pop()!;
    if (needed.has(node) || !forward.has(node)) continue;
    needed.add(node);
    for (const input of node.inputs) if (input?.node !== undefined) open.push(input.node);
  }
  return needed;
}
