/** Writes a graph as an ONNX file: only the nodes its outputs depend on, with weights inline or external. */
import type { Attribute, Graph, InferenceOnly, Node, TensorType, Value } from "./graph.ts";
import { encodeModel } from "./onnx-schema.ts";
import { dtypeCodes } from "./ops/elementwise.ts";

const opset = 23;
const irVersion = 11;
/** Nodes that some output depends on, in building order. */
export function liveNodes(graph: Graph): Node[] {
  const live = new Set<Node>();
  const open = graph.outputs.map((o) => o.value.node);
  while (open.length > 0) {
    const node = open.pop();
    if (node === undefined || live.has(node)) continue;
    live.add(node);
    for (const input of node.inputs) open.push(input?.node);
  }
  return graph.nodes.filter((node) => live.has(node));
}

/** The bytes of an ONNX model. Unused nodes and constants are left out; unused inputs stay, because callers feed by name. */
export function writeOnnx(graph: Graph): Uint8Array {
  const nodes = liveNodes(graph);
  const used = new Set<Value>(
    [...nodes.flatMap((n) => n.inputs), ...graph.outputs.map((o) => o.value)].filter((v) => v !== undefined),
  );
  const model = {
    irVersion,
    producerName: "polyclinic",
    opsetImport: [
      { domain: "", version: opset },
      { domain: "com.microsoft", version: 1 },
    ],
    graph: {
      name: graph.name,
      node: [
        ...nodes.map((node) => ({
          name: node.name,
          opType: node.operator.type,
          domain: node.operator.domain ?? "",
          input: node.inputs.map((v) => v?.name ?? ""),
          output: node.outputs.map((v) => v.name),
          attribute: attributesOf(node).map(([name, value]) => encodeAttribute(name, value)),
        })),
        ...graph.outputs.map(({ name, value }) => ({
          name: `output/${name}`,
          opType: "Identity",
          input: [value.name],
          output: [name],
        })),
      ],
      initializer: [...graph.constants]
        .filter(([value]) => used.has(value))
        .map(([value, data]) => ({
          name: value.name,
          dims: value.shape,
          dataType: dtypeCodes[value.dtype],
          ...(data instanceof Uint8Array
            ? { rawData: data }
            : {
                dataLocation: 1,
                externalData: Object.entries(data).map(([key, v]) => ({ key, value: String(v) })),
              }),
        })),
      input: graph.inputs.map((value) => valueInfo(value.name, value)),
      output: graph.outputs.map(({ name, value }) => valueInfo(name, value)),
    },
  };
  return encodeModel(model);
}

type FileAttribute = Exclude<Attribute, InferenceOnly>;

function attributesOf({ attributes }: Node): [string, FileAttribute][] {
  return Object.entries(attributes).filter(
    (entry): entry is [string, FileAttribute] =>
      entry[1] !== undefined && !(typeof entry[1] === "object" && "inferenceOnly" in entry[1]),
  );
}

function encodeAttribute(name: string, value: FileAttribute) {
  if (typeof value === "number") return { name, type: 2, i: value };
  if (typeof value === "string") return { name, type: 3, s: new TextEncoder().encode(value) };
  if ("float" in value) return { name, type: 1, f: value.float };
  return { name, type: 7, ints: value };
}

function valueInfo(name: string, { dtype, shape }: TensorType) {
  const dim = shape.map((d) => (typeof d === "number" ? { dimValue: d } : { dimParam: d }));
  return { name, type: { tensorType: { elemType: dtypeCodes[dtype], shape: { dim } } } };
}
