/**
 * The forms of English questions that can be computed. Each is a pattern over a question in lower case without its full
 * stop, with `P` for any reference to the patient; `c` is the name asked about. The first match wins, so specific forms
 * precede general ones.
 *
 * Over 300 lines because it is one ordered list: the position of a form decides which questions reach it.
 */

import type { ComputeQuery } from "../compute/query.ts";
import { groupPattern } from "../concepts/groups.ts";

type Groups = Readonly<Record<string, string | undefined>>;
export interface Form {
  pattern: RegExp;
  query: (groups: Groups) => ComputeQuery;
}

const P = "(?:the )?patient";
const now = "(?: (?:now|currently|today|at present|still|at the moment))?";
const recent = "(?:last|latest|most recent|newest|current|most recently)";
const earliest = "(?:first|earliest|initial|oldest|baseline)";
const before =
  "(?:previous|prior|second to last|second-to-last|next to last|last but one|penultimate|second most recent)";
const noun = "(?: (?:value|level|result|reading|measurement|test result)s?)?";
const my = "(?:the patient's |the |patient's )?";
const done = "(?:measured|taken|recorded|checked|tested|done|performed|obtained|drawn|assessed)";
const onsetVerb = "(?:diagnosed|noted|found|identified|recorded|onset)";
const given = "(?:prescribed|ordered|started|given|taken|begun|initiated)";
const over = "(?:above|over|greater than|higher than|more than|exceeding|exceed)";
const under = "(?:below|under|less than|lower than)";
const vaccine = "(?: (?:vaccine|vaccination|immuni[sz]ation|shot|jab|booster)s?)?";
const n = "(?<n>-?\\d+(?:\\.\\d+)?)(?: ?(?<u>[a-z%/0-9*^\\[\\]µ.{}_-]+))?";

const outsideWords =
  "(?:(?:too |abnormally |flagged )?(?:high|low|elevated|raised|decreased|reduced|abnormal)|flagged|outside|out of range|outside (?:of )?(?:its |their |the )?(?:reference |normal )?range|not in range|(?:above|below) (?:its |their |the )?(?:reference |normal )?(?:range|limits?))";
const insideWords =
  "(?:in range|in the (?:reference )?range|within (?:its |the )?(?:reference )?(?:range|limits)|within normal)";
const sideOf = (words = ""): "range" | "above" | "below" =>
  /high|elevated|raised|above/.test(words) ? "above" : /low|decreased|reduced|below/.test(words) ? "below" : "range";

function form(source: string, query: (groups: Groups) => ComputeQuery): Form {
  return { pattern: new RegExp(`^${source}$`), query };
}

const bound = (g: Groups, rest: ComputeQuery): ComputeQuery => {
  const made = { ...rest };
  if (g.over !== undefined) made.above = Number(g.n);
  else made.below = Number(g.n);
  if (g.u !== undefined) made.unit = g.u;
  return made;
};
const side = `(?:(?<over>${over})|${under})`;

export const forms: readonly Form[] = [
  // The patient.
  form(`(?:how old is ${P}${now}|what is ${my}(?:current )?age${now})`, () => ({ op: "age" })),
  form(`(?:when was ${P} born|what is ${my}(?:date of birth|birth ?date|birthday|dob))`, () => ({
    op: "patient",
    field: "birthDate",
  })),
  form(`(?:what is ${my}(?:sex|gender)|is ${P} (?:a )?(?:male or female|man or (?:a )?woman))`, () => ({
    op: "patient",
    field: "sex",
  })),
  form(`what is ${my}name`, () => ({ op: "patient", field: "name" })),
  // Ages.
  form(
    `(?:how old was ${P} when|at what age (?:was|did|had)|how old was ${P} at)(?: ${P}(?!'s)| (?:he|she|they))?(?<w> last| most recently| first)?(?: was| were| had| got| received| start(?:ed)?| undergo| underwent| have)? ?(?:first |initially |newly )?(?:diagnosed with |prescribed |given |started on |have |vaccinated (?:against|for) |taking |get |receive |the onset of |onset of |the diagnosis of |diagnosis of |diagnosed )?(?:first )?(?:(?:her|his|their) (?:first )?)?(?<c>.+?)(?: (?:was|were) (?:first )?(?:${onsetVerb}|${given}|${done}))?${vaccine}`,
    (g) => ({ op: "age", concept: g.c, which: firstOr(g.w ?? "first") }),
  ),
  // Bounds.
  form(`(?:has|was|did|is|were) ${my}(?<c>.+?) (?:ever )?(?:been |be |go |rise |fall |drop |get )?${side} ${n}`, (g) =>
    bound(g, { op: "ever", kind: "observation", concept: g.c }),
  ),
  form(
    `how (?:many|often)(?: times)?(?: (?:was|were|has|did))? ?${my}(?<c>.+?)${noun}(?: (?:was|were|are|been|is))? ${side} ${n}`,
    (g) => bound(g, { op: "count", kind: "observation", concept: g.c }),
  ),
  // Trend, change, extremes, mean.
  form(
    `(?:is|are|has|have|was|were) ${my}(?<c>.+?)${noun} (?:been )?(?:going |getting |trending )?(?:rising|falling|increasing|decreasing|dropping|declining|improving|worsening|up|down|upwards?|downwards?|stable|higher|lower|rising or falling|increasing or decreasing|up or down)(?: over time)?`,
    (g) => ({ op: "trend", concept: g.c }),
  ),
  form(`(?:what is |describe |show )?(?:the )?trend (?:of|in|for) ${my}(?<c>.+?)${noun}`, (g) => ({
    op: "trend",
    concept: g.c,
  })),
  form(`how (?:is|has) ${my}(?<c>.+?)${noun} (?:trending|been trending|developed|developing)(?: over time)?`, (g) => ({
    op: "trend",
    concept: g.c,
  })),
  form(
    `(?:by )?how much (?:has|did|have) ${my}(?<c>.+?)${noun} (?:changed?|risen|rise|fallen|fall|increased?|decreased?|dropped|drop)(?: (?:overall|since the first (?:one|measurement|result|value)|between the first and (?:the )?(?:last|latest)(?: ${done.slice(3, -1).split("|")[0]}ment)?|from first to last))?`,
    (g) => ({ op: "change", concept: g.c }),
  ),
  form(
    `what (?:is|was) the (?:overall |total )?(?:change|difference) (?:in|of|between the first and (?:the )?(?:last|latest)) ${my}(?<c>.+?)${noun}(?: (?:from first to last|between the first and the (?:last|latest)))?`,
    (g) => ({ op: "change", concept: g.c }),
  ),
  form(`when (?:was|were) ${my}(?<w>highest|lowest|maximum|minimum|peak) (?<c>.+?)${noun}(?: ${done})?`, (g) => ({
    op: /high|max|peak/.test(g.w!) ? "max" : "min",
    concept: g.c,
    field: "date",
  })),
  form(`when was ${my}(?<c>.+?)${noun} (?:at its |the )?(?<w>highest|lowest)`, (g) => ({
    op: g.w === "highest" ? "max" : "min",
    concept: g.c,
    field: "date",
  })),
  form(
    `what (?:is|was|were) ${my}(?:highest|maximum|peak|largest|greatest|max)(?: ever)?(?: recorded| measured)? (?<c>.+?)${noun}(?: (?:ever )?${done})?`,
    (g) => ({ op: "max", concept: g.c }),
  ),
  form(
    `what (?:is|was|were) ${my}(?:lowest|minimum|nadir|smallest|min)(?: ever)?(?: recorded| measured)? (?<c>.+?)${noun}(?: (?:ever )?${done})?`,
    (g) => ({ op: "min", concept: g.c }),
  ),
  form(`what (?:is|was|were) ${my}(?:average|mean) (?<c>.+?)${noun}`, (g) => ({ op: "mean", concept: g.c })),
  // Intervals and durations.
  form(
    `how (?:many days|long) (?:passed|elapsed|were there|are there|was it|is it|lie|went by)? ?between (?:the )?(?:last|latest|most recent) two (?<c>.+?)${noun}`,
    (g) => ({ op: "interval", concept: g.c }),
  ),
  form(
    `how (?:many days|long) (?:passed|elapsed|were there|are there|was it|is it|lie|went by)? ?between (?:the )?first and (?:the )?(?:last|latest) (?<c>.+?)${noun}`,
    (g) => ({ op: "interval", concept: g.c, which: "first" }),
  ),
  form(
    `how (?:many days|long) (?:passed|elapsed|were there|are there|was it|is it|lie|went by)? ?(?:between|from) the first (?<c>.+?) (?:and|to) the first (?<d>.+?)`,
    (g) => ({ op: "interval", concept: g.c, to: g.d, which: "first" }),
  ),
  form(
    `how (?:many days|long) (?:passed|elapsed|were there|are there|was it|is it|lie|went by)? ?(?:between|from) the (?:last|latest) (?<c>.+?) (?:and|to) the (?:last|latest) (?<d>.+?)`,
    (g) => ({ op: "interval", concept: g.c, to: g.d, which: "latest" }),
  ),
  form(
    `(?:how long|for how (?:long|many days)|how many days) did ${my}(?<w>first |last |latest )?(?:episode of )?(?<c>.+?) last`,
    (g) => ({ op: "duration", concept: g.c, which: g.w?.startsWith("first") ? "first" : "latest" }),
  ),
  form(`what was the duration of ${my}(?<w>first |last |latest )?(?:episode of )?(?<c>.+?)`, (g) => ({
    op: "duration",
    concept: g.c,
    which: g.w?.startsWith("first") ? "first" : "latest",
  })),
  // Lists.
  form(
    `(?:(?:what|which) (?:active |current |ongoing )?(?:medical )?(?:conditions|diagnoses|problems|diseases)(?: does ${P}${now} have| is ${P}${now} diagnosed with| (?:are|is))(?: ${now.trim()})?(?: active|current|ongoing)?${now}|(?:list|what are|show) ${my}(?:active|current|ongoing) (?:conditions|diagnoses|problems|diseases)|what is on ${my}problem list)`,
    () => ({ op: "list", kind: "condition", which: "latest" }),
  ),
  form(
    `(?:(?:list|what are|show) (?:all )?(?:of )?${my}(?:conditions|diagnoses|problems)|what (?:conditions|diagnoses) (?:has|did) ${P} (?:ever )?(?:had|have|been diagnosed with))`,
    () => ({ op: "list", kind: "condition" }),
  ),
  form(
    `(?:what|which) (?:medications?|drugs?|medicines?|treatments?) (?:was|were|is|are|has been|have been|did) (?:${P} )?(?:(?:prescribed|given|taking|used|ordered|receive|take|get) )?(?:to treat|for|because of) ${my}(?<r>.+?)`,
    (g) => ({ op: "list", kind: "medication", reason: g.r }),
  ),
  form(
    `(?:(?:what|which) (?:medications?|drugs?|medicines?|meds)(?: is ${P}${now} (?:on|taking|using)| does ${P}${now} (?:take|use)| (?:are|is)(?: currently)?)(?: active| current| prescribed)?${now}|(?:list|what are|show) ${my}(?:active|current) (?:medications?|drugs|meds|medicines|prescriptions)|what is ${P}${now} taking${now})`,
    () => ({ op: "list", kind: "medication", which: "latest" }),
  ),
  form(
    `(?:(?:list|what are|show) (?:all )?(?:of )?${my}(?:medications?|drugs|meds|medicines|prescriptions)|(?:what|which) (?:medications?|drugs?) (?:has|was|did) ${P} (?:ever )?(?:been |be )?(?:prescribed|taken|take|given))`,
    () => ({ op: "list", kind: "medication" }),
  ),
  form(
    `(?:(?:what|which) allergies (?:does ${P} have|are (?:there|recorded|known))|(?:what|which substances?) is ${P} allergic to|does ${P} have (?:any )?(?:known )?allergies|(?:list|what are|show) ${my}(?:known )?allergies)`,
    () => ({ op: "list", kind: "allergy" }),
  ),
  form(
    `(?:(?:list|what are|show) (?:all )?(?:of )?${my}(?:immuni[sz]ations|vaccinations|vaccines)|(?:what|which) (?:immuni[sz]ations|vaccinations|vaccines) (?:has|did) ${P} (?:had|have|received?|got(?:ten)?))`,
    () => ({ op: "list", kind: "immunization" }),
  ),
  form(
    `(?:(?:list|what are|show) (?:all )?(?:of )?${my}procedures|(?:what|which) procedures (?:has|did) ${P} (?:had|have|undergone?|undergo))`,
    () => ({ op: "list", kind: "procedure" }),
  ),
  // Reference ranges.
  form(
    `how many (?:of )?(?:the |these |my |the patient's )?(?:(?<c>${groupPattern})|(?:lab |laboratory |test |blood )*(?:results|values|tests|labs|findings)) (?:are|is|were|was) (?<o>${outsideWords})`,
    (g) => ({ op: "count", kind: "observation", outside: sideOf(g.o), concept: g.c }),
  ),
  form(
    `(?:which|what) (?:of )?(?:the |these |my |the patient's )?(?<c>${groupPattern}) (?:are|is|were|was) (?<o>${outsideWords})`,
    (g) => ({ op: "list", kind: "observation", outside: sideOf(g.o), concept: g.c }),
  ),
  form(
    `(?:(?:what|which) (?:of )?(?:the |these |my )?(?:lab |laboratory |test |blood )*(?:results|values|tests|labs|findings)(?: (?:are|is|were))?|(?:is|are) (?:any(?:thing)?|there any) ?(?:of )?(?:the )?(?:lab |laboratory |test |blood )*(?:results?|values?|tests?|labs)?|(?:list|show) (?:all )?(?:of )?(?:the )?) ?(?<o>${outsideWords})(?: (?:results|values|tests|labs))?`,
    (g) => ({ op: "list", kind: "observation", outside: sideOf(g.o) }),
  ),
  form(`(?:is|are|was|were) ${my}(?:${recent} )?(?<c>.+?)${noun} (?:${outsideWords}|${insideWords})`, (g) => ({
    op: "latest",
    kind: "observation",
    concept: g.c,
    field: "range",
  })),
  // Encounters.
  form(
    `how many (?:encounters|visits|appointments)(?: (?:did|has|were|are) ?(?:${P}|there)?(?: have| had| been)?)?(?: recorded)?`,
    () => ({ op: "count", kind: "encounter" }),
  ),
  form(
    `(?:when (?:was|is) ${my}(?:last|latest|most recent) (?:visit|encounter|appointment)|when was ${P} last seen)`,
    () => ({ op: "latest", kind: "encounter", field: "date" }),
  ),
  form(`(?:when was ${my}first (?:visit|encounter|appointment)|when was ${P} first seen)`, () => ({
    op: "first",
    kind: "encounter",
    field: "date",
  })),
  form(
    `(?:what was the reason (?:for|of) ${my}(?:last|latest|most recent) (?:visit|encounter)|why was ${P} last seen|why was ${my}(?:last|latest|most recent) (?:visit|encounter))`,
    () => ({ op: "latest", kind: "encounter", field: "reason" }),
  ),
  form(
    `who (?:did ${P} last see|last saw ${P}|saw ${P} last|saw ${P} at ${my}(?:last|latest|most recent) (?:visit|encounter))`,
    () => ({ op: "latest", kind: "encounter", field: "by" }),
  ),
  // Who, why, how.
  form(
    `who (?<w>first |last |most recently |originally )?(?:prescribed|ordered|started|requested) ${my}(?<c>.+?)`,
    (g) => ({
      op: g.w !== undefined && /first|originally/.test(g.w) ? "first" : "latest",
      kind: "medication",
      concept: g.c,
      field: "by",
    }),
  ),
  form(
    `(?:why (?:is|was|were) (?:${P} )?(?:taking |on |prescribed |given )?(?<c>.+?)(?: (?:${given}))?|what (?:is|was) (?<d>.+?) (?:prescribed|given|ordered|taken|used) for|for what (?:reason|condition) (?:is|was) (?<e>.+?) (?:prescribed|given|ordered|taken))`,
    (g) => ({ op: "latest", kind: "medication", concept: g.c ?? g.d ?? g.e, field: "reason" }),
  ),
  form(`what (?:is|was) ${my}(?:dose|dosage|dosing) (?:of|for) (?<c>.+?)`, (g) => ({
    op: "latest",
    kind: "medication",
    concept: g.c,
    field: "dosage",
  })),
  // The family.
  form(`(?:does ${P} have|is there) (?:a |any )?family history of (?<c>.+?)`, (g) => ({
    op: "ever",
    kind: "familyHistory",
    concept: g.c,
  })),
  form(
    `(?:has|did) (?:any(?:one)? (?:family member|relative|in the family)|any relatives?) (?:had|have) (?<c>.+?)`,
    (g) => ({
      op: "ever",
      kind: "familyHistory",
      concept: g.c,
    }),
  ),
  // Active now.
  form(`is ${P}${now} (?:on|taking|using|prescribed|receiving)${now} (?<c>.+?)${now}`, (g) => ({
    op: "active",
    kind: "medication",
    concept: g.c,
  })),
  form(`does ${P}${now} (?:take|use)${now} (?<c>.+?)${now}`, (g) => ({
    op: "active",
    kind: "medication",
    concept: g.c,
  })),
  form(`is ${my}(?<c>.+?) (?:prescription|medication) (?:still )?(?:active|current|ongoing)`, (g) => ({
    op: "active",
    kind: "medication",
    concept: g.c,
  })),
  form(`does ${P}${now} have (?:a |an )?(?:history|record) of (?<c>.+?)`, (g) => ({ op: "ever", concept: g.c })),
  form(`is ${P}${now} allergic to (?<c>.+?)${now}`, (g) => ({ op: "active", kind: "allergy", concept: g.c })),
  form(`does ${P}${now} have (?:a |an )?(?:active )?allergy to (?<c>.+?)${now}`, (g) => ({
    op: "active",
    kind: "allergy",
    concept: g.c,
  })),
  form(`does ${P}${now} (?:have|suffer from)${now} (?:a |an |any )?(?:active )?(?<c>.+?)${now}`, (g) => ({
    op: "active",
    kind: "condition",
    concept: g.c,
  })),
  form(`is ${my}(?<c>.+?)${now} (?:active|ongoing|current|unresolved|present)${now}`, (g) => ({
    op: "active",
    kind: "condition",
    concept: g.c,
  })),
  // Ever.
  form(
    `(?:has|was|did) ${P} (?:ever )?(?:been |be |get |receive )?(?:prescribed|given|taking|taken|on|take|treated with|started on)(?: any| a| an)? (?<c>.+?)`,
    (g) => ({ op: "ever", kind: "medication", concept: g.c }),
  ),
  form(
    `(?:has|was|did) ${P} (?:ever )?(?:been |get |be )?(?:vaccinated|immuni[sz]ed)(?: (?:against|for|with))? (?<c>.+?)`,
    (g) => ({ op: "ever", kind: "immunization", concept: g.c }),
  ),
  form(
    `(?:has|did) ${P} (?:ever )?(?:receive|received|had|have|get|got|gotten)(?: a| an| the| any)? (?<c>.+?) (?:vaccine|vaccination|immuni[sz]ation|shot|jab)`,
    (g) => ({ op: "ever", kind: "immunization", concept: g.c }),
  ),
  form(`(?:has|did) ${P} (?:ever )?(?:undergone?|undergo|had a procedure called)(?: a| an| the)? (?<c>.+?)`, (g) => ({
    op: "ever",
    kind: "procedure",
    concept: g.c,
  })),
  form(`(?:has|was) ${P} (?:ever )?(?:been )?diagnosed with (?:a |an )?(?<c>.+?)`, (g) => ({
    op: "ever",
    kind: "condition",
    concept: g.c,
  })),
  form(`was ${P} ever (?:found to have|known to have) (?:a |an )?(?<c>.+?)`, (g) => ({
    op: "ever",
    kind: "condition",
    concept: g.c,
  })),
  form(`(?:has|did) ${P} (?:ever )?(?:had|have|suffer(?:ed)? from|experienced?) (?:a |an |any )?(?<c>.+?)`, (g) => ({
    op: "ever",
    concept: g.c,
  })),
  form(`is there (?:a |an |any )?(?:history|record|evidence|diagnosis|mention) of (?<c>.+?)`, (g) => ({
    op: "ever",
    concept: g.c,
  })),
  form(`any (?:history|record|evidence) of (?<c>.+?)`, (g) => ({ op: "ever", concept: g.c })),
  form(`was ${my}(?<c>.+?) (?:ever )?(?:${onsetVerb}|${given}|${done})`, (g) => ({ op: "ever", concept: g.c })),
  // When.
  form(
    `when (?:did|has) ${my}(?<w>first |last |latest )?(?:episode of )?(?<c>.+?) (?:resolved?|end(?:ed)?|go away|stop|abated?|clear(?:ed)?(?: up)?)`,
    (g) => ({ op: g.w?.startsWith("first") ? "first" : "latest", kind: "condition", concept: g.c, field: "end" }),
  ),
  form(`when was ${my}(?<c>.+?) resolved`, (g) => ({ op: "latest", kind: "condition", concept: g.c, field: "end" })),
  form(
    `when (?:was|were|did) ${P} (?<w>first|last|most recently|initially|newly|originally) (?:been )?(?:diagnosed with|have|had|develop|get) (?:a |an |the )?(?<c>.+?)${vaccine}`,
    (g) => ({ op: firstOr(g.w), concept: g.c, field: "date" }),
  ),
  form(
    `when (?:was|were|did) ${P} (?<w>first|last|most recently|initially|originally)? ?(?:prescribed|given|start(?:ed)?(?: on| taking)?|put on|begin|take|taking) (?:a |an |the )?(?<c>.+?)`,
    (g) => ({ op: firstOr(g.w ?? "first"), kind: "medication", concept: g.c, field: "date" }),
  ),
  form(
    `when (?:was|were|did|has) ${P} (?<w>first|last|most recently|initially|originally) (?:vaccinated|immuni[sz]ed|receive|get)(?: (?:against|for|with))?(?: a| an| the)? (?<c>.+?)${vaccine}`,
    (g) => ({ op: firstOr(g.w), kind: "immunization", concept: g.c, field: "date" }),
  ),
  form(`when (?:did|has) ${P} (?<w>first|last|most recently) (?:undergo|undergone) (?:a |an |the )?(?<c>.+?)`, (g) => ({
    op: firstOr(g.w),
    kind: "procedure",
    concept: g.c,
    field: "date",
  })),
  form(`when was ${P} diagnosed with (?:a |an )?(?<c>.+?)`, (g) => ({
    op: "first",
    kind: "condition",
    concept: g.c,
    field: "date",
  })),
  form(`when did ${P} undergo (?:a |an |the )?(?<c>.+?)`, (g) => ({
    op: "latest",
    kind: "procedure",
    concept: g.c,
    field: "date",
  })),
  form(
    `when (?:was|were|did) ${my}(?<c>.+?)${noun} (?<w>first|last|most recently|initially|originally) (?:${onsetVerb}|${given}|${done}|administered|occur|start|begin)`,
    (g) => ({ op: firstOr(g.w), concept: g.c, field: "date" }),
  ),
  form(
    `(?:when (?:was|were|is)|what (?:is|was) the date of|on what (?:date|day) was) ${my}${recent} (?<c>.+?)${noun}${vaccine}(?: ${done}| administered| given| prescribed)?`,
    (g) => ({ op: "latest", concept: g.c, field: "date" }),
  ),
  form(
    `(?:when (?:was|were|is)|what (?:is|was) the date of|on what (?:date|day) was) ${my}${earliest} (?<c>.+?)${noun}${vaccine}(?: ${done}| administered| given| prescribed)?`,
    (g) => ({ op: "first", concept: g.c, field: "date" }),
  ),
  form(
    `(?:when (?:was|were)|what (?:is|was) the date of|on what (?:date|day) was) ${my}${before} (?<c>.+?)${noun}${vaccine}(?: ${done})?`,
    (g) => ({ op: "previous", concept: g.c, field: "date" }),
  ),
  form(`when (?:was|were) ${my}(?<c>.+?) ${onsetVerb}`, (g) => ({ op: "first", concept: g.c, field: "date" })),
  form(`when (?:was|were) ${my}(?<c>.+?) ${given}`, (g) => ({
    op: "first",
    kind: "medication",
    concept: g.c,
    field: "date",
  })),
  // How many.
  form(
    `how many times (?:has|was|did|were) ${P} (?:been )?(?:diagnosed with|prescribed|given|had|have|get|undergo|undergone|vaccinated (?:against|for)|receive|received|take|taken) (?:a |an |the )?(?<c>.+?)${vaccine}`,
    (g) => ({ op: "count", concept: g.c }),
  ),
  form(
    `how (?:many times|often) (?:was|were|has|is) ${my}(?<c>.+?)${noun} (?:been )?(?:${done}|${onsetVerb}|${given}|administered)`,
    (g) => ({ op: "count", concept: g.c }),
  ),
  form(
    `how many (?<c>.+?) (?:results|tests|measurements|values|readings|prescriptions|doses|records|episodes|diagnoses|shots|vaccinations|immuni[sz]ations|procedures|encounters|visits)(?: (?:are|were|does|did|has) ?(?:there|recorded|${P})?(?: have| had| received?| done| on record| recorded)?)?`,
    (g) => ({ op: "count", concept: g.c }),
  ),
  form(
    `how many (?:results|tests|measurements|values|readings|prescriptions|doses|records|episodes|diagnoses) of ${my}(?<c>.+?)(?: (?:are|were|does|did|has) ?(?:there|recorded|${P})?(?: have| had| received?| done| on record| recorded)?)?`,
    (g) => ({ op: "count", concept: g.c }),
  ),
  // Values.
  form(
    `what (?:is|was|were) ${my}(?<c>.+?)${noun} (?:at|during|on the day of) ${my}(?:last|latest|most recent) (?<d>.+?)`,
    (g) => ({ op: "latest", kind: "observation", concept: g.c, at: g.d }),
  ),
  form(`what (?:is|was|were) ${my}${recent}(?: recorded| measured)? (?<c>.+?)${noun}(?: ${done})?`, (g) => ({
    op: "latest",
    kind: "observation",
    concept: g.c,
  })),
  form(`what (?:is|was|were) ${my}${earliest}(?: recorded| measured)? (?<c>.+?)${noun}(?: ${done})?`, (g) => ({
    op: "first",
    kind: "observation",
    concept: g.c,
  })),
  form(`what (?:is|was|were) ${my}${before}(?: recorded| measured)? (?<c>.+?)${noun}(?: ${done})?`, (g) => ({
    op: "previous",
    kind: "observation",
    concept: g.c,
  })),
  form(`(?:last|latest|most recent|current) (?<c>.+?)${noun}`, (g) => ({
    op: "latest",
    kind: "observation",
    concept: g.c,
  })),
  form(`what (?:is|was|were) ${my}(?<c>.+?)${noun}(?: (?:now|currently|today))?`, (g) => ({
    op: "latest",
    kind: "observation",
    concept: g.c,
  })),
];

function firstOr(words: string | undefined): "first" | "latest" {
  return words !== undefined && /first|init|orig|new/.test(words) ? "first" : "latest";
}
