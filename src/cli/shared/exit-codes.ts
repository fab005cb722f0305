/** The exit codes of commands; documented in `polyclinic --help`. */
export const exitCodes = {
  ok: 0,
  /** A bug in this program. */
  internal: 1,
  usage: 2,
  /** Input files: missing, unsupported, damaged, or of mixed patients. */
  input: 3,
  /** The model: missing, incomplete, or its server not responding. */
  model: 4,
  /** The model's answer could not be parsed as the requested form. */
  unparsed: 5,
  /** Some studies of a batch failed. */
  partly: 6,
  /** An output file cannot be written, or exists already. */
  output: 7,
  /** The request, or the content of the files, is outside the model's scope. */
  refused: 8,
  /** The strategy gives no answer: its replies disagree, or its budget allowed none. */
  deferred: 9,
  interrupted: 130,
} as const;

/** Prefixes of error codes; the first match wins. */
const areas: readonly (readonly [prefix: RegExp, code: number])[] = [
  [/^abort\//, exitCodes.interrupted],
  [/^learn\/(?:dataset|labelled|tune-config|conversation|image)/, exitCodes.input],
  [/^hub\/(?:write|disk-full)$/, exitCodes.output],
  [/^strategy\/scope$/, exitCodes.refused],
  // A schema comes from the caller.
  [/^(?:(?:usage|task|strategy)\/|text\/schema$)/, exitCodes.usage],
  [/^scope\/refused$/, exitCodes.refused],
  [/^therapeutics\/(?:task|inputs)$/, exitCodes.usage],
  [/^server\/(?:address|no-people)$/, exitCodes.usage],
  [/^server\//, exitCodes.output],
  [/^(?:export\/|file\/(?:write|exists|below)$)/, exitCodes.output],
  [/^(?:model|hub|remote|checkpoint|adapter|engine|prompt|tokenizer|text|graph|nn|learn)\//, exitCodes.model],
];

/** The exit code for an error code, by its area; errors about input files are `input`. */
export function exitCodeOf(code: string): number {
  if (/^task\/(?:empty-study|too-many-images)$/.test(code)) return exitCodes.input;
  return areas.find(([prefix]) => prefix.test(code))?.[1] ?? exitCodes.input;
}
