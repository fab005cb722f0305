/** Writes a GGUF file of Gemma 3's architecture with random Q4_0 weights for llama.cpp, in the same shapes as ours. */
import { closeSync, openSync, writeSync } from "node:fs";

const types = { uint32: 4, float32: 6, bool: 7, string: 8, array: 9 };
const F32 = 0;
const Q4_0 = 2;
const alignment = 32;

function metadataWriter() {
  const parts = [];
  const raw = (bytes) => parts.push(bytes);
  const u32 = (x) => raw(Buffer.from(Uint32Array.of(x).buffer));
  const u64 = (x) => raw(Buffer.from(BigUint64Array.of(BigInt(x)).buffer));
  const string = (s) => {
    const bytes = Buffer.from(s);
    u64(bytes.length);
    raw(bytes);
  };
  return { parts, raw, u32, u64, string };
}

/** @param text the decoder's configuration (`GemmaConfig`). */
export function writeGguf(path, text) {
  const { hiddenSize: hidden, intermediateSize: inner, layers, heads, kvHeads, headDim, vocabSize } = text;
  const tensors = [];
  const matrix = (name, out, width) =>
    tensors.push({ name, dims: [width, out], type: Q4_0, bytes: (out * width * 18) / 32 });
  const vector = (name, width) => tensors.push({ name, dims: [width], type: F32, bytes: width * 4 });
  matrix("token_embd.weight", vocabSize, hidden);
  vector("output_norm.weight", hidden);
  for (let i = 0; i < layers; i++) {
    const b = `blk.${i}.`;
    vector(`${b}attn_norm.weight`, hidden);
    matrix(`${b}attn_q.weight`, heads * headDim, hidden);
    matrix(`${b}attn_k.weight`, kvHeads * headDim, hidden);
    matrix(`${b}attn_v.weight`, kvHeads * headDim, hidden);
    matrix(`${b}attn_output.weight`, hidden, heads * headDim);
    vector(`${b}attn_q_norm.weight`, headDim);
    vector(`${b}attn_k_norm.weight`, headDim);
    vector(`${b}post_attention_norm.weight`, hidden);
    vector(`${b}ffn_norm.weight`, hidden);
    matrix(`${b}ffn_gate.weight`, inner, hidden);
    matrix(`${b}ffn_up.weight`, inner, hidden);
    matrix(`${b}ffn_down.weight`, hidden, inner);
    vector(`${b}post_ffw_norm.weight`, hidden);
  }
  const w = metadataWriter();
  const entries = [];
  const put = (key, type, value) => entries.push([key, type, value]);
  put("general.architecture", "string", "gemma3");
  put("general.name", "string", "random");
  put("general.alignment", "uint32", alignment);
  put("gemma3.context_length", "uint32", 131072);
  put("gemma3.embedding_length", "uint32", hidden);
  put("gemma3.block_count", "uint32", layers);
  put("gemma3.feed_forward_length", "uint32", inner);
  put("gemma3.attention.head_count", "uint32", heads);
  put("gemma3.attention.head_count_kv", "uint32", kvHeads);
  put("gemma3.attention.key_length", "uint32", headDim);
  put("gemma3.attention.value_length", "uint32", headDim);
  put("gemma3.attention.layer_norm_rms_epsilon", "float32", 1e-6);
  put("gemma3.attention.sliding_window", "uint32", text.slidingWindow);
  put("gemma3.rope.freq_base", "float32", 1e6);
  put("gemma3.rope.scaling.type", "string", "linear");
  put("gemma3.rope.scaling.factor", "float32", 8);
  put("tokenizer.ggml.model", "string", "llama");
  put("tokenizer.ggml.bos_token_id", "uint32", 2);
  put("tokenizer.ggml.eos_token_id", "uint32", 1);
  put("tokenizer.ggml.unknown_token_id", "uint32", 3);

  w.raw(Buffer.from("GGUF"));
  w.u32(3);
  w.u64(tensors.length);
  w.u64(entries.length + 3);
  for (const [key, type, value] of entries) {
    w.string(key);
    w.u32(types[type]);
    if (type === "string") w.string(value);
    else if (type === "float32") w.raw(Buffer.from(Float32Array.of(value).buffer));
    else w.u32(value);
  }
  const array = (key, type, length) => {
    w.string(key);
    w.u32(types.array);
    w.u32(type);
    w.u64(length);
  };
  array("tokenizer.ggml.tokens", types.string, vocabSize);
  const special = ["<pad>", "<eos>", "<bos>", "<unk>"];
  for (let i = 0; i < vocabSize; i++) {
    w.string(
      special[i] ??
        (i < 260 ? `<0x${(i - 4).toString(16).toUpperCase().padStart(2, "0")}>` : i === 260 ? "\n" : `\u2581t${i}`),
    );
  }
  array("tokenizer.ggml.scores", types.float32, vocabSize);
  w.raw(Buffer.from(new Float32Array(vocabSize).map((_, i) => -i).buffer));
  array("tokenizer.ggml.token_type", 5, vocabSize);
  w.raw(Buffer.from(new Int32Array(vocabSize).map((_, i) => (i === 3 ? 2 : i < 4 ? 3 : i < 260 ? 6 : 1)).buffer));
  let offset = 0;
  for (const tensor of tensors) {
    w.string(tensor.name);
    w.u32(tensor.dims.length);
    for (const dim of tensor.dims) w.u64(dim);
    w.u32(tensor.type);
    w.u64(offset);
    offset += Math.ceil(tensor.bytes / alignment) * alignment;
  }
  const header = Buffer.concat(w.parts);
  const file = openSync(path, "w");
  writeSync(file, header);
  writeSync(file, Buffer.alloc(Math.ceil(header.length / alignment) * alignment - header.length));
  // Blocks of 18 bytes: an f16 scale of about 0.01, then sixteen bytes of noise, repeated.
  const blocks = Buffer.alloc(18 << 16);
  let s = 1;
  for (let i = 0; i < blocks.length; i++) {
    s = (Math.imul(s, 1664525) + 1013904223) | 0;
    blocks[i] = i % 18 === 0 ? 0x1f : i % 18 === 1 ? 0x21 : s >>> 24;
  }
  const ones = Buffer.from(new Float32Array(hidden).fill(1).buffer);
  for (const tensor of tensors) {
    const padded = Math.ceil(tensor.bytes / alignment) * alignment;
    const from = tensor.type === F32 ? ones : blocks;
    for (let done = 0; done < padded; ) done += writeSync(file, from, 0, Math.min(from.length, padded - done));
  }
  closeSync(file);
}
