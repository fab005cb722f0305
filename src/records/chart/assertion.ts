/**
 * Classifies a mention as confirmed, denied, family, planned, or possible, by cue words and their scope, following NegEx and
 * ConText (Chapman 2001, Harkema 2009). The scope of a cue ends with its sentence or at a word that begins another statement.
 */
import type { Assertion } from "../fact.ts";
import { bystander, widerAfter, widerBefore } from "./wider-cues.ts";

interface Cue {
  pattern: RegExp;
  label: Assertion;
}

/** Cues before the mention. Sticky, so that they are matched at each position before it. */
const before: readonly Cue[] = [
  {
    label: "family",
    pattern:
      /\b(?:family (?:history|hx)|fhx?|fam hx|(?:mother|father|mom|dad|sister|brother|sibling|aunt|uncle|cousin)s?|grand(?:mother|father|parent|ma|pa|son|daughter)s?|maternal|paternal|parents?|(?:son|daughter|niece|nephew|relative|twin)s?|(?:his|her|their) (?:child(?:ren)?|kids?))\b/gi,
  },
  {
    label: "possible",
    pattern:
      /\b(?:possibl[ey]|probabl[ey]|potential(?:ly)?(?! (?:for|to|side|interaction|benefit|complication|risk))|perhaps|maybe|presumably|conceivabl[ey]|plausibl[ey]|seemingly|suspect(?:ed|s|ing|icion)?|suspicio(?:n|us)(?: of| for)?|may (?:have|be|represent)|might (?:have|be)|(?:could|may|might) (?:well|also|still) (?:have|be|represent)|could (?:have|be|represent|reflect|indicate)|may (?:reflect|indicate|suggest)|might (?:reflect|indicate|represent|suggest)|thought to (?:be|have|represent)|felt to (?:be|represent)|impression of|working diagnosis(?: of)?|provisional(?: diagnosis)?(?: of)?|tentative(?:ly)?|unclear (?:if|whether)|uncertain (?:if|whether)|unsure (?:if|whether)|whether (?:this is|it is|there is)|raises? the (?:possibility|question|suspicion) of|possibility of|in keeping with|compatible with|indicative of|points? to(?:ward)?s?|concern(?:ed|ing|s)?(?: (?:is|was|has been|raised|remains|arises)){0,2} (?:for|about)|favou?r(?:s|ed|ing)?|worr(?:y|ied|isome) (?:for|about)|cannot (?:exclude|rule out)|can(?:'| ?no)t (?:exclude|rule out)|not (?:excluded|ruled out)|rule[- ]?out|r\/o|differential(?: diagnosis)?(?: includes)?|ddx|suggest(?:s|ive|ing)(?: of)?|consistent with possible|likely|question(?:able)?(?: of)?|query|consider(?:ed|ing)?|versus|vs\.?|equivocal for|presumed|presumptive|evaluate for|evaluation for|work-?up for|appears to be)\b|\?\s?(?=\w|$)/gi,
  },
  {
    label: "planned",
    pattern:
      /\b(?:plan(?:ned)?(?: for| to)?|will (?:get|have|undergo|need|start|receive|schedule|check)|schedul(?:ed?|ing)(?: for)?|to be (?:done|scheduled|started)|recommend(?:ed|s)?|refer(?:red|ral)? for|screen(?:ed|ing)?(?: for)?|prophylaxis(?: for| against)?|prevent(?:ion)?(?: of)?|vaccinat(?:ed?|ion) (?:for|against)|risk (?:of|for|factors? for)|at risk|in case of|if (?:she|he|they|you|the patient)?|precautions? (?:for|against)|should (?:she|he|they|you)|return for|watch for|monitor for|signs? of|look(?:ing)? for|check(?:ing|ed)? for|test(?:ing|ed)? for|assess(?:ment|ing|ed)? for|work up for|workup for|(?:leaflet|handout|brochure|booklet|pamphlet|information|materials?|advice|teaching|discussion|discussed|talked|spoke) (?:on|about|regarding)|ways? to (?:prevent|avoid)|reduce the (?:risk|chance)s? of|lower the (?:risk|chance)s? of|protect(?:ion)? (?:against|from)|immuni[sz](?:ed?|ation) (?:for|against)|worried that (?:she|he|they) (?:may|might|will) (?:get|develop)|to rule out|in the event of|should .{0,20} develop|return with|educat(?:ed|ion) (?:on|about|regarding)|counsel(?:l?ed|ing) (?:on|about|regarding)|handout (?:on|about)|to avoid|awaiting|pending)\b/gi,
  },
  {
    label: "denied",
    pattern:
      /\b(?:no|not|never|neither|denie[sd]|deny(?:ing)?|without|w\/o|negative(?: for)?|neg(?: for)?|absence of|absent|free (?:of|from)|rules? out|ruled out(?: for)?|no (?:evidence|history|hx|sign|signs|known|prior|complaints?)(?: of)?|doesn'?t|does n't|does not|don'?t|do n't|do not|did not|didn'?t|did n't|has n't|hasn'?t|has not|isn'?t|is not|wasn'?t|was not|nor|none|non|cleared of|no longer (?:has|have)|failed to (?:show|demonstrate|reveal)|fails to (?:show|demonstrate|reveal)|rather than|instead of|unremarkable for|lacks?|excluded)\b|\[ \]|\(-\)/gi,
  },
];

/** Phrases that contain cue words but are not cues. */
const pseudo =
  /\b(?:not a day|nobody (?:doubts|disputes|questions)|no one (?:doubts|disputes|questions)|no (?:secret|respite|let-up|end|cure|increase|change|significant change|further|longer|improvement|doubt)|not only|not necessarily|without (?:difficulty|complication)|no one|gram negative|not certain (?:if|whether)|if (?:any|needed|tolerated)|non-?compliant|not (?:well|adequately|yet|optimally) controlled|no relief|not taking|no longer takes?|likely due to|will continue|plan:?\s*continue|continue)\b/gi;

/** Cues after the mention. */
const after: readonly Cue[] = [
  {
    label: "denied",
    pattern:
      /^\W*(?:(?:was|is|were|has been|have been|now)\s+)?(?:ruled out|excluded|denied|negative|absent|not (?:seen|present|found|identified|detected|noted|observed|demonstrated|borne out|confirmed|substantiated)|unfounded|unlikely|none|nil|[:=] ?(?:no|none|nil|never|negative|denies|denied|absent|neg)\b|[-–—] ?(?:no|none|nil|never|negative|denies|denied|absent|neg)\b(?! (?:change|longer)))|^\s*[:=]?\s*(?:\[ \]|\( \)|\(-\))/i,
  },
  {
    label: "possible",
    pattern:
      /^\W*(?:(?:is|was|remains?|are|cannot be|can't be|not)\s+)?(?:possible|suspected|questionable|likely|probable|excluded\?|ruled out\?|versus|vs\.?|(?:and|or) (?:another|some other)|(?:cannot|can't|can not|could not|not) be (?:ruled out|excluded)|on the differential|in the differential|to be ruled out|cannot be excluded|a (?:possibility|consideration|concern))|^\s*\?/i,
  },
  {
    label: "planned",
    pattern:
      /^\s*(?:develops?|occurs?|recurs|returns|arises|screening|prophylaxis|prevention|vaccin|immuni[sz]ation|education|counsel|risk|handout|precautions|(?:is|was|to be) (?:scheduled|planned))/i,
  },
  {
    label: "family",
    pattern:
      /^[^.;]{0,25}\b(?:in|of|runs in) (?:her|his|the|their|patient's)? ?(?:mother|father|family|sister|brother|maternal|paternal|aunt|uncle|grand|parents?|relatives?)/i,
  },
];

/** Words that begin a new statement and end the scope of earlier cues. */
const terminator =
  /\b(?:but|however|although|though|except|apart from|aside from|yet|nevertheless|who (?:has|is)|(?:patient|pt|she|he|they) (?:has|had|is|was|does|did|reports?|presents?|takes?|endorses)|has (?:a |an )?(?:known |longstanding |history|hx)|has been (?:on|diagnosed|treated)|(?:known|established|longstanding|chronic) (?:history of|diagnosis)|(?:is|was) (?:on|diagnosed|positive|treated|being treated)|positive for|confirmed|diagnosed with|presents? with|secondary to|due to|because of|treated for|history (?:is )?(?:significant|notable) for|significant for|notable for)\b|;/gi;

const headings: readonly (readonly [RegExp, Assertion])[] = [
  [/family|^fhx?$/i, "family"],
  [/differential/i, "possible"],
  [/health maintenance|patient education|return precautions|instructions|goals?$/i, "planned"],
];

/**
 * Labels a mention.
 *
 * @param sentence the sentence or line that contains it
 * @param from start of the mention in the sentence; `to` its end
 * @param heading the heading above it
 */
export function assertionOf(sentence: string, from: number, to: number, heading?: string): Assertion {
  const lead = sentence.slice(0, from);
  const tail = sentence.slice(to, to + 60);
  // A checkbox before the item decides: [x] yes, [ ] no.
  const box = /(?:\[\s*([xX\u2713]?)\s*\]|([\u2610\u2611\u2612]))[^[\]\u2610-\u2612]*$/.exec(lead);
  if (box !== null) return (box[1] ?? "") !== "" || box[2] === "\u2611" || box[2] === "\u2612" ? "confirmed" : "denied";
  for (const { label, pattern } of [...after, ...widerAfter])
    if (pattern.test(tail)) return label === "denied" && /\bnot\s*$/i.test(lead) ? "confirmed" : label;

  let ends = 0;
  for (const match of lead.matchAll(terminator)) {
    // "could be due to", "never told she had", "not diagnosed with": the words before the cue belong to it.
    const just = lead.slice(Math.max(0, match.index - 32), match.index);
    if (
      /\b(?:could|may|might|possibly|probably|likely|suspected|thought|not|never|no|without|n't|denies|denied|whether|if|possible|unlikely|doubt)(?:\s+(?:be|been|being|have|having|think|believe|feel|has|told|said|known|informed|that|to|ever|is|was|are|were|previously|it|this)){0,4}\s*$/i.test(
        just,
      )
    )
      continue;
    ends = match.index + match[0].length;
  }
  const reach = lead.slice(ends).replace(pseudo, (words) => " ".repeat(words.length));
  const found = new Map<Assertion, number>();
  for (const { label, pattern } of [...before, ...widerBefore]) {
    // A relative governs the whole sentence up to another subject; other cues govern the clause.
    const where =
      label === "family" ? familyReach(lead).replace(bystander, (words) => " ".repeat(words.length)) : reach;
    for (const match of where.matchAll(pattern)) {
      if (label !== "family" && wordsBetween(where.slice(match.index + match[0].length)) > 12) continue;
      found.set(label, match.index);
    }
  }
  if (found.has("family")) return found.has("denied") ? "denied" : "family";
  const section = heading === undefined ? undefined : headings.find(([pattern]) => pattern.test(heading))?.[1];
  if (section === "family") return found.has("denied") ? "denied" : "family";
  if (negatedHedge.test(reach)) return "denied";
  if (found.has("possible")) return "possible";
  if (found.has("denied")) return "denied";
  if (found.has("planned")) return "planned";
  return section ?? "confirmed";
}

/** Words of doubt that are themselves denied: the finding is thought absent. */
const negatedHedge =
  /\b(?:nothing (?:to|that would) (?:suggests?|indicates?|supports?)|no(?: \w+){1,2} (?:to suggest|to indicate|suggestive of)|not suggestive of|unlikely(?: to (?:be|have|represent))?|doubt(?:ful)?(?: (?:that|if))?|no (?:suspicion|concern) (?:of|for)|(?:not|n't) (?:think|believe|suspect))\b/i;

/** The part of the sentence since the patient last became its subject. */
function familyReach(lead: string): string {
  let from = 0;
  for (const match of lead.matchAll(
    /\b(?:patient|pt|she|he|himself|herself) (?:has|had|is|was|reports?|denies|himself|herself)\b|;/gi,
  ))
    from = match.index;
  return lead.slice(from);
}

const wordsBetween = (text: string): number => text.match(/\w+/g)?.length ?? 0;
