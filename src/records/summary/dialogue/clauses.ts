/** What was said, clause by clause, and how it is written down: without the noise of speech, in short sentences of everyday words. */
import { plainWords } from "../plain-words.ts";
import type { Turn } from "./turns.ts";

export interface Clause {
  turn: Turn;
  /** Characters in the transcript. */
  from: number;
  to: number;
  /** Without fillers, stutters and false starts; no word is added. */
  words: string;
  question: boolean;
}

/** Numbers that are words: a repeated one may be a second number, so they are never taken for stutters. */
const numberWord =
  /^(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|point|half)$/i;

const opening =
  /^(?:(?:okay|ok|all right|alright|so|and|but|now|yeah|yes|yep|then|mm-hmm|uh-huh|you know|i mean|anyway|um+|uh+|hm+|let's see|you bet|gotcha|got it|of course|absolutely)\b[\s,.!?;:-]*|(?:well|right|sure|good|great|perfect|again|actually|basically|also|plus)(?:\s*[,.!?;:-]+\s*|\s+(?=(?:so|and|but|i|i'm|we|let's|you|that's|it's)\b)))+/i;
const closing =
  /[\s,.]*(?:,|\b)(?:okay|ok|all right|alright|you know|does that sound (?:okay|good|all right)|how does that sound|is that okay|sound good)\s*[?.!]*$|\s*,\s*right\s*[?.!]*$/i;

/** Removes the noise of speech. Contractions that transcripts split ("do n't", "gon na") are joined. */
export function clean(raw: string): string {
  let text = ` ${raw} `
    .replace(/\s+/g, " ")
    .replace(/\b(\w+) n't\b/gi, "$1n't")
    .replace(/\bca n't\b/gi, "can't")
    .replace(/\bgon ?na\b/gi, "going to")
    .replace(/\bwan ?na\b/gi, "want to")
    .replace(/\bgot ?ta\b/gi, "have to")
    .replace(/\blem ?me\b/gi, "let me")
    .replace(/ ('(?:s|m|re|ve|ll|d)\b)/gi, "$1")
    .replace(/\s*\.\s?\.\s?\.\s*/g, ", ")
    .replace(/(?:,\s*)?\b(?:um+|uh+|er+|erm|hmm+|mm-hmm|uh-huh|you know|kinda|sorta)\b(?:\s*,)?/gi, " ")
    .replace(/\s+/g, " ");
  // "wh- what", "let- let's": a part of the word that follows.
  text = text.replace(/\b([a-z']{1,8})-+[\s,]+(?=\1)/gi, "");
  // "your , your", "i i": the same words twice.
  for (let i = 0; i < 3; i++)
    text = text
      .replace(/\b([a-z']+(?: [a-z']+){0,2})(?:\s*,)? +\1\b(?!')/gi, (twice, once: string) =>
        once.split(" ").some((word) => numberWord.test(word)) || /^(?:had|that)$/i.test(once) ? twice : once,
      )
      .replace(/,(?:\s*,)+/g, ",");
  text = text
    .replace(/\s+([,.?!;:])/g, "$1")
    .replace(/^[\s,.?!;:-]+/, "")
    .trim();
  for (let before = ""; before !== text; ) {
    before = text;
    text = text
      .replace(opening, "")
      .replace(closing, "")
      .replace(/[\s,;:-]+$/, "")
      .trim();
  }
  return text.replace(/\bi\b(?!\.)/g, "I");
}

const questionPattern =
  /^(?!(?:do|did|does) not\b)(?:do|does|did|have|has|had|are|is|was|were|can|could|would|will|any|how|what|when|where|which|who|why|no (?:issues|problems|fevers?|chest)|tell me|and no)\b(?! (?:about this|I want|is that|this means|you to))/i;

/** Words after which a subject continues the clause: "that you", "when I". */
const joined = String.raw`(?<!\b(?:that|what|where|which|who|whom|if|as|when|while|because|think|know|thought|see|feel|hope|than|before|after|how|why|since|until|once|whether|like|believe|suspect|said|says|sure|wish|and|but|or|so|where|everything|anything|something|all|the|a|unless|though|means|say|guess|bet|do|did|does|are|is|was|were|can|could|would|will|have|had|should|results?|time|way|ones?))\s`;

/** A place inside a turn where a new clause begins, in speech without punctuation. */
const joint = new RegExp(
  [
    String.raw`\s(?=(?:okay|alright|all right)\b)|(?<=\b(?:okay|alright|all right))\s(?=so\b)`,
    String.raw`\s(?=(?:so|now|and|but) (?:then|I|i|i'm|i'd|i'll|I'm|I'd|I'll|we|we're|we'll|let's|lem|let|for|if|from|with|on|that|that's|the|this|these|your|you|you're|it|it's|she|he|they|there|what|now|based)\b)`,
    String.raw`${joined}(?=(?:(?:i|I|we|you)(?: (?:want|would|will|'ll|am|also|appreciate|see|reviewed|do|did|have|had|can|may|should|need|just|think|believe|recommend)|'m|'ll|'d|'ve|'re)\b|(?:there|these|this|it|that)(?: (?:is|are|was|were|will|shows|looks|does)|'s)\b|let's\b|(?:on|upon) (?:your )?\w+ (?:exam|examination)\b|your (?:heart|lungs?|abdomen|blood pressure|right|left|vitals?|labs?|x-?ray)\b))`,
  ].join("|"),
  "g",
);

const digit = "(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|twelve|\\w+teen|\\w+ty|\\d+)";
/** The mark that ends a sentence: not inside numbers (7.4, "two . five"), after initials or titles, nor at the dots of a pause. */
const end = new RegExp(
  String.raw`(?<!\b(?:dr|mr|mrs|ms|vs|st|[a-z])\s?|\.\s*)(?!(?<=\b${digit}\s)\.\s${digit}\b)[.!?](?![.!?]|\s*\.)(?=\s|$)`,
  "gi",
);

/** The clauses of a turn. Sentences end at their marks; where speech has none, at the words that begin another statement. */
export function clausesOf(text: string, turn: Turn): Clause[] {
  const turnText = text.slice(turn.from, turn.to);
  const clauses: Clause[] = [];
  const ends = [...turnText.matchAll(end)].map(({ index }) => index + 1);
  if (ends.at(-1) !== turnText.length) ends.push(turnText.length);
  // A turn that begins with a mark continues what was interrupted: half a sentence.
  let start = /^\s*[.,]/.test(turnText) ? (ends.shift() ?? turnText.length) : 0;
  for (const end of ends) {
    for (const [a, b] of pieces(turnText, start, end).flatMap(([from, to]) => parts(turnText, from, to))) {
      const raw = turnText.slice(a, b);
      const words = clean(raw);
      if (!/[a-z\d]/i.test(words) || broken.test(words)) continue;
      const lead = raw.length - raw.trimStart().length;
      clauses.push({
        turn,
        from: turn.from + a + lead,
        to: turn.from + b - (raw.length - raw.trimEnd().length),
        words,
        question: isQuestion(raw, words),
      });
    }
    start = end;
  }
  return clauses;
}

/** Speech that stops at a word which needs another one. */
const broken = /\b(?:of|the|just|is|are|to|and|that|I|with|or|if|because|a|an|your|my|very|from|for|into|so)$/i;

/** A tag ("okay ?") after a statement asks nothing. */
const isQuestion = (raw: string, words: string) =>
  questionPattern.test(words) ||
  /\b(?:how are you|how have you|can you tell me|do you have any|have you (?:had|noticed|tried|been|ever)|did you (?:have|ever)|any (?:family )?history of)\b/i.test(
    words,
  ) ||
  (/\?\s*$/.test(raw) && !/\b(?:okay|ok|all right|alright|right|good|know)\s*\?\s*$/i.test(raw));

const longest = 18;
/** Characters of a sentence that are looked at together. Nobody speaks longer ones; a file may hold them, and must not take minutes. */
const maxPieceLength = 1500;

function pieces(turnText: string, from: number, to: number): [number, number][] {
  const found: [number, number][] = [];
  for (let at = from; at < to; ) {
    const blank = to - at > maxPieceLength ? turnText.lastIndexOf(" ", at + maxPieceLength) : to;
    // A word that long is none.
    const end = blank > at ? blank : at + maxPieceLength;
    if (blank > at) found.push([at, end]);
    at = end;
  }
  return found;
}

function parts(turnText: string, from: number, to: number): [number, number][] {
  const sentence = turnText.slice(from, to);
  if (count(sentence) <= longest) return [[from, to]];
  const found: [number, number][] = [];
  let start = 0;
  for (const { index } of sentence.matchAll(joint)) {
    if (count(sentence.slice(start, index)) < 4 || count(sentence.slice(index)) < 3) continue;
    found.push([from + start, from + index]);
    start = index;
  }
  found.push([from + start, to]);
  return found;
}

const count = (text: string) => text.match(/[A-Za-z\d][\w'-]*/g)?.length ?? 0;

/** A clause as sentences of a text for patients: everyday words, at most about 15 words each where it can be cut. */
export function written(words: string): string {
  const plain = plainWords(words)
    .replace(/\bmilligrams?\b/gi, "mg")
    .replace(/\bmicrograms?\b/gi, "mcg");
  return cut(plain)
    .map((part) => {
      const trimmed = part.replace(/^[\s,]+/, "").replace(/[\s,.?!;:-]+$/, "");
      return `${trimmed[0].toUpperCase()}${trimmed.slice(1)}.`;
    })
    .join(" ");
}

const seams =
  /,\s+(?=(?:and|but|so|because|then)\b)|\s(?=(?:and|but|so|because) (?:I|I'm|I'd|I'll|I've|you|you're|we|we're|we'll|it|it's|that|that's|this|the|your|my|he|she|they|then|there)\b)/g;

function cut(text: string): string[] {
  if (count(text) <= 14) return [text];
  const middle = text.length / 2;
  const places = [...text.matchAll(seams)]
    .map(({ index, 0: seam }) => ({ index, end: index + seam.length }))
    .filter(({ index, end }) => count(text.slice(0, index)) >= 4 && count(text.slice(end)) >= 4)
    .sort((a, b) => Math.abs(a.index - middle) - Math.abs(b.index - middle));
  if (places.length === 0) return [text];
  const [{ index, end }] = places;
  return [...cut(text.slice(0, index)), ...cut(text.slice(end))];
}
