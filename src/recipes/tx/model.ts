/**
 * Size and training settings of the embedded therapeutics model. These constants, the data and the code determine a run
 * completely.
 */
export const txMerges = 400;

/** `config.json`: Gemma 3's decoder at a size that can be trained on one processor core. */
export const txConfig = (vocabSize: number) => ({
  architectures: ["Gemma3ForCausalLM"],
  model_type: "gemma3_text",
  vocab_size: vocabSize,
  hidden_size: 128,
  intermediate_size: 320,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 32,
  query_pre_attn_scalar: 32,
  hidden_activation: "gelu_pytorch_tanh",
  rms_norm_eps: 1e-6,
  max_position_embeddings: 4096,
  sliding_window: 4096,
  layer_types: Array.from({ length: 3 }, () => "full_attention"),
  rope_theta: 10000,
  rope_local_base_freq: 10000,
  attention_bias: false,
  attn_logit_softcapping: null,
  final_logit_softcapping: null,
  eos_token_id: [1, 4],
  bos_token_id: 2,
  pad_token_id: 0,
  tie_word_embeddings: true,
  torch_dtype: "float16",
});

export const txTraining = {
  seed: 20261128,
  shape: { rows: 12, tokens: 192, answers: 224 },
  steps: 1500,
  warmup: 80,
  learningRate: 1.5e-3,
  optimizer: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1 },
  clipNorm: 1,
  averageDecay: 0.995,
  validateEvery: 300,
  validationBatches: 16,
  checkpointEvery: 100,
};
