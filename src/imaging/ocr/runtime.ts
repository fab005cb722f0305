/** The interface that OCR needs from an ONNX runtime; the caller supplies the function that opens a model file. */

export interface OcrTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** An opened model. `run` takes inputs by name and gives outputs by name. */
export interface OcrSession {
  run(feeds: Readonly<Record<string, OcrTensor>>): Promise<Readonly<Record<string, OcrTensor>>>;
  close?(): Promise<void>;
}

/** The part of an ONNX runtime that text recognition uses. */
export interface OcrRuntime {
  /** @param path an ONNX file. */
  open(path: string): Promise<OcrSession>;
}

/** Both models have one input, `x`, and one output. */
export async function runOne(session: OcrSession, data: Float32Array, dims: readonly number[]): Promise<OcrTensor> {
  const outputs = await session.run({ x: { data, dims } });
  return Object.values(outputs)[0];
}
