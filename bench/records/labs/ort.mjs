/** ONNX Runtime for OCR: one thread, so that its processor time is its cost. */
import ort from "onnxruntime-node";

export const runtime = {
  async open(path) {
    const session = await ort.InferenceSession.create(path, { intraOpNumThreads: 1 });
    return {
      run: (feeds) =>
        session.run(
          Object.fromEntries(
            Object.entries(feeds).map(([name, { data, dims }]) => [name, new ort.Tensor("float32", data, dims)]),
          ),
        ),
      close: () => session.release(),
    };
  },
};
