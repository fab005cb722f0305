/** A model for tests of everything above this layer. */
export {
  type Script,
  type ScriptedCall,
  ScriptedEmbedder,
  ScriptedModel,
  type ScriptedOptions,
  type ScriptedReply,
} from "./scripted-model.ts";
