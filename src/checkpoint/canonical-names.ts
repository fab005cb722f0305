/**
 * Tensor names as stored to the canonical names of `nn/weight-source`. Four spellings are in circulation:
 *
 * | part | Hub (4.51 and before, and what save_pretrained still writes) | transformers 4.52-4.57 | transformers 5 |
 * |---|---|---|---|
 * | text | `language_model.model.` | `model.language_model.` | as stored on the Hub |
 * | vision | `vision_tower.vision_model.` | `model.vision_tower.vision_model.` | `vision_tower.` without `vision_model.` |
 * | projector | `multi_modal_projector.` | `model.multi_modal_projector.` | as stored on the Hub |
 * | head | `language_model.lm_head.` | `lm_head.` | `lm_head.` |
 *
 * Adapters put `base_model.model.` in front of any of them.
 */
import type { ArchitectureConfig } from "../nn/config.ts";

/** The kind of architecture, which determines how tensors are named. */
export type ArchitectureKind = ArchitectureConfig["kind"];

/**
 * The names of a module in the different versions of transformers, the canonical one first: adapter patterns may use any of them.
 *
 * @param module a canonical tensor name without `.weight`.
 */
export function spellings(module: string, kind: ArchitectureKind): string[] {
  if (kind !== "multimodal") return [module];
  const names = [module];
  const tower = "model.vision_tower.vision_model.";
  if (module.startsWith(tower)) {
    const rest = module.slice(tower.length);
    names.push(`model.vision_tower.${rest}`, `vision_tower.vision_model.${rest}`, `vision_tower.${rest}`);
  } else if (module.startsWith("model.language_model.")) {
    names.push(`language_model.model.${module.slice("model.language_model.".length)}`);
  } else if (module === "lm_head") names.push("language_model.lm_head");
  else if (module.startsWith("model.")) names.push(module.slice("model.".length));
  return names;
}

/**
 * The name on the Hub, which `save_pretrained` writes and the converters of other engines expect: llama.cpp silently drops the vision tower of a folder
 * with other names.
 */
export function hubName(canonical: string, kind: ArchitectureKind): string {
  if (kind !== "multimodal") return canonical;
  if (canonical.startsWith("model.language_model."))
    return `language_model.model.${canonical.slice("model.language_model.".length)}`;
  if (canonical.startsWith("lm_head.")) return `language_model.${canonical}`;
  return canonical.replace(/^model\./, "");
}

/**
 * The canonical name of a stored tensor: PEFT's prefix is removed, and older layouts of a multimodal model are mapped
 * to the current one.
 */
export function canonicalName(stored: string, kind: ArchitectureKind): string {
  const name = stored.startsWith("base_model.model.") ? stored.slice("base_model.model.".length) : stored;
  switch (kind) {
    case "gemma":
      return name;
    case "multimodal":
      return multimodalName(name);
    case "siglip":
      return name;
    case "siglip-vision":
      return name.startsWith("vision_model.") ? name : `vision_model.${name}`;
  }
}

function multimodalName(stored: string): string {
  let name = stored;
  if (name.startsWith("language_model.lm_head.")) return name.slice("language_model.".length);
  if (name.startsWith("language_model.model."))
    return `model.language_model.${name.slice("language_model.model.".length)}`;
  if (!name.startsWith("model.") && !name.startsWith("lm_head.")) name = `model.${name}`;
  const tower = "model.vision_tower.";
  if (name.startsWith(tower) && !name.startsWith(`${tower}vision_model.`)) {
    name = `${tower}vision_model.${name.slice(tower.length)}`;
  }
  return name;
}
