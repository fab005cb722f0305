/**
 * The subset of ONNX's protobuf schema used here (onnx.proto3; the field numbers are ONNX's), and its encoding. Fields are written one by one
 * from the table: code generated for each message, as protobuf libraries do, is forbidden on pages with a content security policy.
 */
import protobuf from "protobufjs/minimal.js";

type Scalar = "string" | "int64" | "int32" | "float" | "bytes";

interface Field {
  /** A scalar, or the name of a message. */
  readonly type: string;
  readonly id: number;
  readonly repeated: boolean;
}

const field = (type: string, id: number, rule?: "repeated"): Field => ({ type, id, repeated: rule === "repeated" });

const messages: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  OperatorSetId: { domain: field("string", 1), version: field("int64", 2) },
  StringStringEntry: { key: field("string", 1), value: field("string", 2) },
  Tensor: {
    dims: field("int64", 1, "repeated"),
    dataType: field("int32", 2),
    name: field("string", 8),
    rawData: field("bytes", 9),
    externalData: field("StringStringEntry", 13, "repeated"),
    dataLocation: field("int32", 14),
  },
  Attribute: {
    name: field("string", 1),
    f: field("float", 2),
    i: field("int64", 3),
    s: field("bytes", 4),
    ints: field("int64", 8, "repeated"),
    type: field("int32", 20),
  },
  Node: {
    input: field("string", 1, "repeated"),
    output: field("string", 2, "repeated"),
    name: field("string", 3),
    opType: field("string", 4),
    attribute: field("Attribute", 5, "repeated"),
    domain: field("string", 7),
  },
  Dimension: { dimValue: field("int64", 1), dimParam: field("string", 2) },
  TensorShape: { dim: field("Dimension", 1, "repeated") },
  TensorType: { elemType: field("int32", 1), shape: field("TensorShape", 2) },
  Type: { tensorType: field("TensorType", 1) },
  ValueInfo: { name: field("string", 1), type: field("Type", 2) },
  Graph: {
    node: field("Node", 1, "repeated"),
    name: field("string", 2),
    initializer: field("Tensor", 5, "repeated"),
    input: field("ValueInfo", 11, "repeated"),
    output: field("ValueInfo", 12, "repeated"),
  },
  Model: {
    irVersion: field("int64", 1),
    producerName: field("string", 2),
    producerVersion: field("string", 3),
    graph: field("Graph", 7),
    opsetImport: field("OperatorSetId", 8, "repeated"),
  },
};

/** Protobuf's wire types: variable-length integers, 32 bits, and length-delimited. */
const wire: Readonly<Record<Scalar, number>> = { int64: 0, int32: 0, float: 5, string: 2, bytes: 2 };
const isScalar = (type: string): type is Scalar => type in wire;

type Message = Readonly<Record<string, unknown>>;

/** Whether a value is the default of an absent field (proto3); only dimensions track presence. */
const isDefault = (type: string, value: unknown) =>
  type !== "Dimension" && (value === 0 || value === "" || (value instanceof Uint8Array && value.length === 0));

/** Encodes as proto3: fields in the order of their numbers, defaults omitted, repeated numbers packed. */
function encode(type: string, message: Message, writer: protobuf.Writer): protobuf.Writer {
  for (const [name, { type: kind, id, repeated }] of Object.entries(messages[type])) {
    const value = message[name];
    if (value === undefined || value === null || (!repeated && isDefault(type, value))) continue;
    const values = repeated ? (value as readonly unknown[]) : [value];
    if (!isScalar(kind))
      for (const one of values) encode(kind, one as Message, writer.uint32((id << 3) | 2).fork()).ldelim();
    else if (repeated && wire[kind] !== 2) {
      if (values.length === 0) continue;
      writer.uint32((id << 3) | 2).fork();
      for (const one of values) writer[kind](one as never);
      writer.ldelim();
    } else for (const one of values) writer.uint32((id << 3) | wire[kind])[kind](one as never);
  }
  return writer;
}

/** @param model a `ModelProto` as plain data, fields by their names in camel case. */
export function encodeModel(model: Message): Uint8Array {
  return encode("Model", model, protobuf.Writer.create()).finish();
}
