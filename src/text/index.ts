export { type Answer, AnswerStream } from "./answer-stream.ts";
export { type ChatMessage, ChatTemplate } from "./chat-template.ts";
export { Detokenizer } from "./detokenizer.ts";
export {
  applyMask,
  type ChosenTokens,
  CompiledSchema,
  type Constraint,
  requireBounded,
  Vocabulary,
} from "./grammar/index.ts";
export { PromptBuilder, type PromptSource, type TokenizedPrompt } from "./prompt.ts";
export { endsInRepetition, RepetitionGuard } from "./repetition.ts";
export { SiglipText } from "./siglip-text.ts";
export { StopStrings } from "./stop-strings.ts";
export { Tokenizer, type TokenizerSource } from "./tokenizer.ts";
