/**
 * The nano configuration for jax-js: both stages' losses as functions of the trained weights, `p`, and of everything
 * else, `c`. jax-js arrays have a single owner: passing one transfers it, `.ref` keeps a reference.
 */

/** The losses by stage, and which weights learn in each. */
export function jaxModel({ nn, numpy: np, lax }, { model, shape, lossWeights, usualShares }) {
  const { vision, text, tokensPerImage } = model;
  const tower = "model.vision_tower.vision_model";
  const language = "model.language_model";
  const projector = "model.multi_modal_projector";

  // Weights of linear layers are stored as [in, out], which jax-js multiplies without transposing.
  const dense = (x, w, name) => np.matmul(x, w[`${name}.weight`]);
  const affine = (x, w, name) => dense(x, w, name).add(w[`${name}.bias`]);

  function layerNorm(x, w, name) {
    const centred = x.ref.sub(x.mean(-1, { keepdims: true }));
    const variance = np.square(centred.ref).mean(-1, { keepdims: true });
    return centred
      .div(np.sqrt(variance.add(vision.layerNormEps)))
      .mul(w[`${name}.weight`])
      .add(w[`${name}.bias`]);
  }

  function rmsNorm(x, w, name, epsilon) {
    const square = np.square(x.ref).mean(-1, { keepdims: true });
    return x.div(np.sqrt(square.add(epsilon))).mul(w[`${name}.weight`].add(1));
  }

  const splitHeads = (x, heads) => {
    const [batch, tokens, width] = x.shape;
    return x.reshape([batch, tokens, heads, width / heads]).transpose([0, 2, 1, 3]);
  };
  const mergeHeads = (x) => {
    const [batch, heads, tokens, width] = x.shape;
    return x.transpose([0, 2, 1, 3]).reshape([batch, tokens, heads * width]);
  };

  /** Pixels `[n, 3, side, side]` to patches `[n, patches, hidden]`. */
  function siglip(pixels, w) {
    const { patchSize: size, heads, hiddenSize } = vision;
    const side = vision.imageSize / size;
    const n = pixels.shape[0];
    const rows = pixels
      .reshape([n, 3, side, size, side, size])
      .transpose([0, 2, 4, 1, 3, 5])
      .reshape([n, side * side, 3 * size * size]);
    let h = np
      .matmul(rows, w[`${tower}.embeddings.patch_embedding.weight`])
      .add(w[`${tower}.embeddings.patch_embedding.bias`])
      .add(w[`${tower}.embeddings.position_embedding.weight`]);
    for (let i = 0; i < vision.layers; i++) {
      const name = `${tower}.encoder.layers.${i}`;
      const x = layerNorm(h.ref, w, `${name}.layer_norm1`);
      const [q, k, v] = ["q_proj", "k_proj", "v_proj"].map((part) =>
        splitHeads(affine(x.ref, w, `${name}.self_attn.${part}`), heads),
      );
      x.dispose();
      const scores = np.matmul(q, k.transpose([0, 1, 3, 2])).mul((hiddenSize / heads) ** -0.5);
      const mixed = mergeHeads(np.matmul(nn.softmax(scores, -1), v));
      h = h.add(affine(mixed, w, `${name}.self_attn.out_proj`));
      const inner = nn.gelu(affine(layerNorm(h.ref, w, `${name}.layer_norm2`), w, `${name}.mlp.fc1`));
      h = h.add(affine(inner, w, `${name}.mlp.fc2`));
    }
    return layerNorm(h, w, `${tower}.post_layernorm`);
  }

  /** `[n, patches, width]` to `[n, tokensPerImage, width]`: average pooling over squares of adjacent patches. */
  function pool(patches) {
    const [n, , width] = patches.shape;
    const pooledSide = Math.sqrt(tokensPerImage);
    const kernel = vision.imageSize / vision.patchSize / pooledSide;
    return patches
      .reshape([n, pooledSide, kernel, pooledSide, kernel, width])
      .mean([2, 4])
      .reshape([n, tokensPerImage, width]);
  }

  function towerLoss(p, c) {
    const patches = siglip(c.pixels, p);
    const pooled = patches.ref.mean(1);
    const parts = ["cxr", "ct", "histology", "kind"].map((question) =>
      nn
        .logSoftmax(affine(pooled.ref, p, `heads.${question}`), -1)
        .mul(c[question])
        .sum(1)
        .neg(),
    );
    const boxes = nn.sigmoid(affine(pooled, p, "heads.boxes"));
    parts.push(np.abs(boxes.sub(c.boxes)).mul(c.boxWeights).sum(1).mul(lossWeights.boxes));
    const raw = affine(patches.ref, p, "heads.patches");
    const crossEntropy = nn.softplus(raw.ref).sub(raw.mul(c.patches.ref)).mul(c.patchWeights.ref);
    parts.push(crossEntropy.mean(1).sum(1).mul(lossWeights.patches));
    const soft = affine(rmsNorm(pool(patches), p, "heads.soft", vision.layerNormEps), p, "heads.areas");
    const targets = pool(c.patches).div(np.array(usualShares));
    const tokenErrors = np.abs(soft.ref.sub(targets.ref)).mul(c.patchWeights.ref);
    parts.push(tokenErrors.mean(1).sum(1).mul(lossWeights.softShares));
    const [n, , structures] = c.patchWeights.shape;
    const areaErrors = np.abs(soft.mean(1).sub(targets.mean(1))).mul(c.patchWeights.reshape([n, structures]));
    parts.push(areaErrors.sum(1).mul(lossWeights.areas));
    return parts.reduce((a, b) => a.add(b)).mean();
  }

  const half = text.headDim / 2;
  /** Cosines and sines of positions, `[rows, 1, tokens, headDim]`. */
  function angles(positions, theta, scaling) {
    const frequencies = Array.from({ length: half }, (_, i) => theta ** (-i / half) / scaling);
    const turned = np.array([...frequencies, ...frequencies]).mul(positions.reshape([shape.rows, 1, shape.tokens, 1]));
    return [np.cos(turned.ref), np.sin(turned)];
  }

  function rotary(x, cos, sin) {
    const [first, second] = np.split(x.ref, 2, -1);
    return x.mul(cos).add(np.concatenate([second.neg(), first], -1).mul(sin));
  }

  /** Embedded tokens `[rows, tokens, hidden]` to the last hidden states. */
  function decoder(embedded, p, c) {
    const { heads, kvHeads, headDim, rmsNormEps } = text;
    const { rows, tokens } = shape;
    const local = angles(c.positions.ref, text.ropeThetaLocal, 1);
    const global = angles(c.positions, text.ropeThetaGlobal, text.ropeScalingGlobal);
    let h = embedded;
    for (let i = 0; i < text.layers; i++) {
      const name = `${language}.layers.${i}`;
      const isLocal = text.layerTypes[i] === "local";
      const [cos, sin] = isLocal ? local : global;
      const bias = (isLocal ? c.localBias : c.globalBias).ref;
      const norm = (x, which) => rmsNorm(x, p, `${name}.${which}`, rmsNormEps);
      const x = norm(h.ref, "input_layernorm");
      const project = (which, n) => splitHeads(dense(x.ref, p, `${name}.self_attn.${which}`), n);
      const turned = (which, n) =>
        rotary(
          rmsNorm(project(`${which}_proj`, n), p, `${name}.self_attn.${which}_norm`, rmsNormEps),
          cos.ref,
          sin.ref,
        );
      const q = turned("q", heads).reshape([rows, kvHeads, (heads / kvHeads) * tokens, headDim]);
      const [k, v] = [turned("k", kvHeads), project("v_proj", kvHeads)];
      x.dispose();
      const scores = np
        .matmul(q, k.transpose([0, 1, 3, 2]))
        .mul(text.queryPreAttnScalar ** -0.5)
        .reshape([rows, kvHeads, heads / kvHeads, tokens, tokens])
        .add(bias);
      const weights = nn.softmax(scores, -1).reshape([rows, kvHeads, (heads / kvHeads) * tokens, tokens]);
      const mixed = mergeHeads(np.matmul(weights, v).reshape([rows, heads, tokens, headDim]));
      h = h.add(norm(dense(mixed, p, `${name}.self_attn.o_proj`), "post_attention_layernorm"));
      const inner = norm(h.ref, "pre_feedforward_layernorm");
      const gated = nn.gelu(dense(inner.ref, p, `${name}.mlp.gate_proj`)).mul(dense(inner, p, `${name}.mlp.up_proj`));
      h = h.add(norm(dense(gated, p, `${name}.mlp.down_proj`), "post_feedforward_layernorm"));
    }
    for (const array of [...local, ...global, c.localBias, c.globalBias]) array.dispose();
    return h;
  }

  function languageLoss(p, c) {
    const { hiddenSize, vocabSize } = text;
    const patches = lax.stopGradient(siglip(c.pixels, c));
    const pooled = pool(patches).reshape([c.pixels.shape[0] * tokensPerImage, vision.hiddenSize]);
    const soft = np.matmul(
      rmsNorm(pooled, p, `${projector}.mm_soft_emb_norm`, vision.layerNormEps),
      p[`${projector}.mm_input_projection_weight`],
    );
    const table = p[`${language}.embed_tokens.weight`]; // [vocab, hidden]
    const flat = [shape.rows * shape.tokens];
    const tokens = np.take(table.ref, c.ids.reshape(flat), 0).mul(Math.sqrt(hiddenSize));
    const images = np.take(soft, c.softRows.reshape(flat), 0);
    const isSoft = c.isSoft.reshape([...flat, 1]);
    const embedded = images.mul(isSoft.ref).add(tokens.mul(np.array(1).sub(isSoft)));
    const h = decoder(embedded.reshape([shape.rows, shape.tokens, hiddenSize]), p, c).reshape([...flat, hiddenSize]);
    const answers = rmsNorm(np.take(h, c.answerRows, 0), p, `${language}.norm`, text.rmsNormEps);
    const logProbabilities = nn.logSoftmax(np.matmul(answers, table.transpose()), -1);
    const chosen = logProbabilities.mul(nn.oneHot(c.targets, vocabSize)).sum(1);
    return chosen.mul(c.answerWeights).sum().neg();
  }

  return {
    loss: { tower: towerLoss, language: languageLoss },
    learns: { tower: () => true, language: (name) => !name.startsWith(tower) },
    /** Whether a weight belongs to a linear layer and must be transposed to `[in, out]`. */
    isLinear: (name, dims) =>
      name.endsWith(".weight") && dims.length > 1 && !/embed_tokens|position_embedding/.test(name),
  };
}
