/** Polyclinic models for AI SDK applications. */
import { type EmbeddingModelV3, type ImageModelV3, NoSuchModelError, type ProviderV3 } from "@ai-sdk/provider";
import type { Generator } from "../model/contract.ts";
import { type LoadOptions, loadModel } from "../model/load-model.ts";
import { PolyclinicLanguageModel } from "./language-model.ts";

export { PolyclinicLanguageModel } from "./language-model.ts";

/** An AI SDK provider. `modelId` is what `loadModel` or `connect` accepts: a model name, a folder or a server's URL. */
export interface PolyclinicProvider extends ProviderV3 {
  (modelId: string): PolyclinicLanguageModel;
  languageModel(modelId: string): PolyclinicLanguageModel;
  /** Closes the models that were opened. */
  close(): Promise<void>;
}

/**
 * ```ts
 * import { generateText } from "ai";
 * import { createPolyclinic } from "polyclinic/provider";
 * const polyclinic = createPolyclinic();
 * const { text } = await generateText({
 *   model: polyclinic("nano"),
 *   messages: [{ role: "user", content: [{ type: "image", image: jpeg }, { type: "text", text: "Is there pneumonia?" }] }],
 * });
 * await polyclinic.close();
 * ```
 * Model ids are the names of `loadModel`. A model is opened at its first call and kept.
 */
export function createPolyclinic(options: LoadOptions = {}): PolyclinicProvider {
  const opened = new Map<string, Promise<Generator>>();
  const open = (modelId: string) => {
    let model = opened.get(modelId);
    if (model === undefined) {
      model = loadModel(modelId, options);
      opened.set(modelId, model);
      // Do not cache a failure: the next call tries again.
      model.catch(() => opened.delete(modelId));
    }
    return model;
  };
  const languageModel = (modelId: string) => new PolyclinicLanguageModel(modelId, () => open(modelId));
  return Object.assign(languageModel, {
    specificationVersion: "v3" as const,
    languageModel,
    embeddingModel(modelId: string): EmbeddingModelV3 {
      throw new NoSuchModelError({ modelId, modelType: "embeddingModel" });
    },
    imageModel(modelId: string): ImageModelV3 {
      throw new NoSuchModelError({ modelId, modelType: "imageModel" });
    },
    async close() {
      for (const model of opened.values()) await (await model).close();
      opened.clear();
    },
  });
}
