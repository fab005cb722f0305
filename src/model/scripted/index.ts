/** A scripted model for tests of higher layers. */
export {
  type Script,
  type ScriptedCall,
  ScriptedEmbedder,
  ScriptedModel,
  type ScriptedOptions,
  type ScriptedReply,
} from "./scripted-model.ts";
