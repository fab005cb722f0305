/** The exit codes of commands; documented in `polyclinic --help`. */
export const exitCodes = {
  ok: 0,
  /** A fault of this program. */
  internal: 1,
  usage: 2,
  /** The files given: none, unknown, damaged, mixed. */
  input: 3,
  /** The model: not there, incomplete, server not answering. */
  model: 4,
  /** The model's answer could not be parsed as the requested form. */
  unparsed: 5,
  /** Some studies of a batch failed. */
  partly: 6,
  /** What should be written cannot be, or exists. */
  output: 7,
  /** The request, or what the files show, is beyond what the model was trained to answer. */
  refused: 8,
  /** The strategy gives no answer: its replies disagree, or its budget allowed none. */
  deferred: 9,
  interrupted: 130,
} as const;

/** The first that fits. */
const areas: readonly (readonly [prefix: RegExp, code: number])[] = [
  [/^abort\//, exitCodes.interrupted],
  [/^learn\/(?:dataset|labelled|tune-config|conversation|image)/, exitCodes.input],
  [/^hub\/(?:write|disk-full)$/, exitCodes.output],
  [/^(?:usage|task|strategy)\//, exitCodes.usage],
  [/^server\/(?:address|no-people)$/, exitCodes.usage],
  [/^server\//, exitCodes.output],
  [/^(?:export\/|file\/(?:write|exists|below)$)/, exitCodes.output],
  [/^(?:model|hub|remote|checkpoint|adapter|engine|prompt|tokenizer|text|graph|nn|learn)\//, exitCodes.model],
];

/** By the area of an error's code; everything about files that were given is `input`. */
export function exitCodeOf(code: string): number {
  if (/^task\/(?:empty-study|too-many-images)$/.test(code)) return exitCodes.input;
  return areas.find(([prefix]) => prefix.test(code))?.[1] ?? exitCodes.input;
}
