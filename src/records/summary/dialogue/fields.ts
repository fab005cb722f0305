/** Which field of the summary a clause belongs to, by the phrases with which clinicians and patients say such things. */
import { assertionOf } from "../../chart/assertion.ts";
import type { SummaryField } from "../summary.ts";
import type { Clause } from "./clauses.ts";

const age = String.raw`(\d{1,3}|[a-z]+(?:[- ][a-z]+)?)[ -]+(year|month|week|day)s?[ -]+old`;

/** Statements about the patient as a whole. */
export function subjectOf(words: string): { patient?: string; seenBy?: string; complaint?: string } {
  const found: { patient?: string; seenBy?: string; complaint?: string } = {};
  const person = new RegExp(
    String.raw`(?:\b([a-z][a-z'-]+(?: [a-z][a-z'-]+)?),? (?:is|'s) an? |\b(?:an?|you're|you are) )(?:[a-z]+ ){0,2}?${age}(?: (?:right[- ]handed |left[- ]handed )?(\w+))?`,
    "i",
  ).exec(words);
  if (person !== null) {
    const [, called, years, unit, sex] = person;
    const known =
      called !== undefined && !/^(?:he|she|this|that|it|who|patient|the patient|today|there)$/i.test(called);
    found.patient = [
      known && called.replace(/^(?:so|and|hi|hello) /i, "").replace(/(^|[ -])[a-z]/g, (letter) => letter.toUpperCase()),
      `${years} ${unit}${years === "1" ? "" : "s"} old`,
      /^(?:male|female|man|woman|boy|girl|gentleman|lady)$/i.test(sex ?? "") && sex,
    ]
      .filter(Boolean)
      .join(", ");
  }
  const by =
    /\b(?:I'm|I am|my name is|this is)\s+((?:dr\.?|doctor|nurse) [a-z][\w'-]*(?: [a-z][\w'-]*)?)(?=$|[\s,.!])/i.exec(
      words,
    )?.[1] ?? /\bmy name is ([A-Z][\w'-]*(?: [A-Z][\w'-]*)?)/.exec(words)?.[1];
  if (by !== undefined)
    found.seenBy = by
      .replace(/\s(?:and|one|from|your|i'll|i'm|here|the|with|today|so|nice).*$/i, "")
      .replace(/^doctor|^dr\b\.?/i, "Dr.")
      .replace(/ [a-z]/g, (letter) => letter.toUpperCase());
  const complaint =
    /\b(?:presents?|presenting|(?:is|you're|you are|he's|she's|who's|are) (?:here|coming in|in)(?: today)?|(?:came|comes|come) (?:in|here)(?: today)?)(?: today)?(?: here)?(?: with| for| because(?: of)?| to)(?: evaluation of| follow-?up of)? (.+)$/i.exec(
      words,
    )?.[1];
  if (complaint !== undefined && !/^(?:a|the) (?:second|minute|moment)\b|^us\b|^me\b/i.test(complaint))
    found.complaint = complaint.replace(/[.,]?\s+(?:so|and so|can you|how (?:are|did)|hi|hello|what's)\b.*$/i, "");
  return found;
}

const history =
  /\b(?:(?:past )?medical history (?:is |that's )?(?:significant |notable |remarkable )?(?:for|of)|(?:known )?history (?:significant |notable )?(?:for|of)|history includes)\s+(.+?)(?=\s+(?:who|and (?:is|presents|comes|here|you)|presents|presenting|coming|comes|here today|that)\b|[.;]|$)/i;

/** "A 54-year-old man with diabetes": what the patient has, not what brings the patient. */
const knownWith =
  /\bold(?: right[- ]handed| left[- ]handed)?(?: man| woman| male| female| boy| girl| gentleman| lady)? with (?:a |an )?(?:known )?(?!history)(.+?)(?=\s+(?:who|and (?:is|presents|comes|here)|presents|presenting|coming|comes|here)\b|[.;]|$)/i;

/** The diagnoses of "a past medical history significant for A, B and C". */
export function listedConditions({ words }: Clause): { condition: string; possible: boolean }[] {
  const withIllness = knownWith.exec(words);
  const found = history.exec(words) ?? (withIllness !== null && illness.test(withIllness[1]) ? withIllness : null);
  if (found === null || /\b(?:any|do you|have you|is there)\b/i.test(words.slice(0, found.index))) return [];
  const at = found.index + found[0].indexOf(found[1]);
  const label = assertionOf(words, at, at + found[1].length);
  if (label === "denied" || label === "family" || label === "planned" || /\bfamily\b/i.test(words.slice(0, at)))
    return [];
  return found[1]
    .split(/\s*,\s*(?:and\s+)?|\s+and\s+/)
    .map((part) => part.replace(/^(?:a|an|some|the|also|as well as|prior|previous|chronic)\s+/i, "").trim())
    .filter((part) => /^[a-z\d][\w' -]{2,60}$/i.test(part) && part.split(" ").length <= 7)
    .filter((part) => !/^(?:I|you|he|she|we|it|that|so)\b/i.test(part))
    .map((condition) => ({ condition, possible: label === "possible" }));
}

const quantity = String.raw`(?:\d+(?:\.\d+)?(?:\s*(?:\/|over)\s*\d+)?|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)\b)`;
const measured = new RegExp(
  String.raw`\b(?:blood pressures?|pressure|heart rate|pulse|temperature|weight|weigh|oxygen|o2|sats?|saturation|bmi|a1c|hemoglobin|hematocrit|creatinine|glucose|blood sugars?|sugars?|cholesterol|ldl|hdl|triglycerides|tsh|potassium|sodium|platelets?|white (?:blood )?(?:cell )?count|ejection fraction|ferritin|inr|psa|gfr|egfr|bun|vitamin d|bilirubin|respiratory rate|lipase|troponin|peak flow)\b[^.;]{0,60}?${quantity}|${quantity}[^.;]{0,20}\b(?:degrees|fahrenheit|celsius|beats (?:per|a) minute|percent on room air)\b`,
  "i",
);
const drugForm =
  /\b(?:milligrams?|mg|micrograms?|mcg|grams?|units|tablets?|pills?|puffs?|drops?|capsules?|inhalers?|cream|ointment|patch|patches|dose)\b/i;
const drugName =
  /\b(?:[a-z]{3,}(?:pril|sartan|statin|olol|dipine|azole|mycin|cillin|oxacin|cycline|formin|gliptin|gliflozin|glutide|prazole|tidine|setron|azepam|zolam|oxetine|triptyline|gabalin|pentin|profen|parin|xaban|thiazide|semide|terol|sone|solone|nisone|dronate|tinib|mab|vir|caine|codone|morphone|barbital|lukast|phylline|triptan|afil|setine|pram|zepine)|aspirin|tylenol|acetaminophen|motrin|advil|aleve|ibuprofen|naproxen|meloxicam|mobic|celebrex|insulin|lasix|imitrex|protonix|prilosec|nexium|pepcid|lipitor|crestor|zocor|norvasc|coumadin|eliquis|xarelto|plavix|synthroid|metformin|glucophage|januvia|jardiance|ozempic|trulicity|farxiga|lantus|humalog|prozac|zoloft|lexapro|cymbalta|wellbutrin|xanax|ativan|klonopin|neurontin|lyrica|flexeril|robaxin|ultram|tramadol|percocet|norco|vicodin|oxycodone|zofran|augmentin|bactrim|keflex|cipro|flonase|claritin|zyrtec|allegra|singulair|albuterol|symbicort|advair|flovent|spiriva|combivent|medrol|cortisone|steroids?|antibiotics?|antihistamines?|anti-inflammator(?:y|ies)|blood thinners?|water pill|iron|vitamin|supplements?|bumex|digoxin|warfarin|methotrexate|plaquenil|colchicine|allopurinol|birth control|medications?|medicines?|prescription|hydralazine|toprol|narcan|melatonin|miralax|colace|fiber|lidocaine|voltaren|taxol|cisplatin)\b/i;
const dosed = new RegExp(String.raw`\b${quantity} ?(?:milligrams?|mg|micrograms?|mcg|units|puffs?)\b`, "i");
const drugNames = new RegExp(drugName.source, "gi");
const drug = (words: string) => drugForm.test(words) || drugName.test(words);

/** Words that stand for any drug: they name none. */
const anyDrug = /^(?:medications?|medicines?|prescription|supplements?)$/;
const stops = /\b(?:stop(?:ping)?|discontinu(?:e|ing)|(?:get|come|go|take you) off)\b/i;
const limitsStop = /\b(?:not|never|\w+n't|if|unless|until|before|after|days?|weeks?)\b/i;

/** The drugs that a text names, in lower case. */
export const drugsIn = (words: string): string[] =>
  (words.toLowerCase().match(drugNames) ?? []).filter((name) => !anyDrug.test(name));

/** The drugs that a clinician stops in these words, without condition, negation or term. */
export const stoppedIn = (words: string): string[] =>
  stops.test(words) && !limitsStop.test(words) && drugsIn(words).length === 1 ? drugsIn(words) : [];

const starts =
  /\b(?:start(?:ing)?|prescrib(?:e|ed|ing)|put(?:ting)? you on|going to (?:give|add|order|put|send in|call in|try)|(?:I'll|we'll|I will|we will|let's|want to|can|like to) (?:give|add|send in|call in|try|write|order|put)|increas(?:e|ing)|decreas(?:e|ing)|lower(?:ing)? (?:your|the) dose|reduc(?:e|ing)|chang(?:e|ing)|switch(?:ing)?|stop(?:ping)?|hold(?:ing)?|wean|taper|discontinu(?:e|ing)|refill|recommend(?: that)?(?: you)? (?:start|take|tak)|(?:want|like|need) you (?:to (?:take|use|try)|on)|treat(?:ing)? (?:you|this|it|that) with|have you take|can take|should take|go up on|bump|double|order)\b/i;
const keeps =
  /\b(?:continue|continuing|keep (?:taking|you on|on)|stay on|remain on|same dose|still (?:on|taking)|(?:have|had|got|started) you on|(?:you're|you are|you were|been) (?:on|taking)|you take)\b/i;
const plans =
  /\b(?:(?:I|we)(?:'d| would| do)? (?:want|like|recommend|need|suggest|advise)|(?:I'm|we're|I am|we are) going to|(?:I'll|we'll|I will|we will)|let's (?:go ahead and )?(?:get|order|do|check|schedule|have|see|continue|set|plan|send|repeat|start)|going to (?:order|refer|schedule|send|get|check|have|repeat|set)|refer(?:red|ral|ring)?|follow[- ]?up|come back|(?:see|seeing) you (?:back|again|in)|schedule|physical therapy|you(?:'ll| will) (?:need|get|have|be)|we (?:can|could|should) (?:get|do|order|check|try)|order(?:ed|ing)?|need to (?:see|get|have|do|come|check|follow)|should (?:see|get|have|follow|do|try))\b/i;
const action =
  /\b(?:x-?rays?|mri|ct|cat scan|scan|ultrasound|echo\w*|labs?|blood ?work|tests?|testing|culture|biops\w+|colonoscopy|endoscopy|mammogram|panel|a1c|urine|ekg|ecg|stress test|refer\w*|specialist|surgeon|surgery|cardiolog\w+|neurolog\w+|dermatolog\w+|\w+ologist|therap(?:y|ist)|follow[- ]?up|come back|see you|appointment|visit|weeks?|months?|days?|schedule|brace|splint|cast|boot|sling|ice|heat|rest|elevate|exercises?|stretch\w*|diet|injection|shot|vaccine|monitor|log|record|journal|strain|fluids?|hydrat\w+|check|counsel\w+|clinic|nutrition\w*|hospital|procedure|repeat|wear|avoid|quit|smoking|wash|compress\w*)\b/i;
const alarms =
  /\b(?:call (?:me|us|the office|my office|911|our)|give (?:me|us) a call|come (?:back )?(?:in|to)|go to|return|seek|let (?:me|us) know|reach out)\b.{0,90}\b(?:if|emergency|worse\w*|right away|immediately|anything (?:changes|else)|fevers?)\b|\bif\b.{0,90}\b(?:call|emergency|e\.?r\b|911|let (?:me|us) know|come (?:back|in|see)|give (?:me|us) a call|reach out|seek|go to)\b|\bemergency (?:room|department)\b/i;
const diagnoses =
  /\b(?:I (?:do )?(?:think|believe|suspect|feel)(?: that)?(?: you| this| it| your| we)?|(?:this|that|it|which|there) (?:is|looks|appears|seems|sounds|could|may|might|does look)(?: to be| like| most| likely| be| consistent| very| a lot| suggest)*|you(?:'ve| have| don't have| do not have| do have| may have| might have| likely have| probably have|'re having| are having)(?: got)?|consistent with|diagnos(?:ed|is)|suspicious for|concern(?:ed|ing)? for|shows?(?: a| an)? (?:possible)?)\b/i;
const illness =
  /\b(?:[a-z]+(?:itis|osis|emia|oma|opathy|plegia|algia|uria|rrhea|penia|megaly|ectasis|pnea|trophy|sclerosis)|infection|fracture|sprain|strain|tear|torn|contusion|arthritis|cancer|tumor|mass|nodule|cyst|hernia|stones?|reflux|migraines?|asthma|copd|pneumonia|bronchitis|diabet\w+|hypertension|high blood pressure|heart failure|heart attack|stroke|clot|embolism|anemia|gout|eczema|psoriasis|rash|depression|anxiety|syndrome|disease|disorder|ulcer|allerg\w+|flu|influenza|covid|virus|viral|strep|cold|concussion|pinched nerve|disc|herniat\w+|tunnel|impingement|carpal|apnea|vertigo|dehydrat\w+|seizures?|palsy|neuropathy|fibrillation|murmur|valve|regurgitation|stenosis|obstruction|blockage|deficiency|thyroid|kidney injury|flare(?:-up)?|exacerbation|recurrence|injury|bursitis|edema)\b/i;
const examined =
  /\b(?:on (?:your |the |my )?(?:physical )?(?:exam\w*|inspection|palpation)|(?:your|the|both) (?:lungs?|heart|abdomen|belly|knee|shoulder|ankle|foot|feet|hand|wrist|elbow|back|neck|skin|eyes?|ears?|throat|nose|legs?|arms?|hip|breath sounds|heart sounds|reflexes|strength|sensation|range of motion|pulses?|lymph nodes|thyroid|incision)\b.{0,60}\b(?:is|are|sounds?|looks?|feels?|appears?|shows?|was|were)|I (?:do )?(?:hear|see|feel|appreciate|note|notice)|(?:x-?rays?|mri|ct|scan|ultrasound|echo\w*|ekg|ecg|labs?|results?|blood ?work|tests?|panel|urinalysis|film|biopsy|culture)\b.{0,40}\b(?:shows?|showed|looks?|looked|was|were|is|are|came back|reveals?|revealed|demonstrates?|do show)|we (?:did|drew|took|got|checked|had)|I (?:reviewed|looked at)|there (?:is|are|was|were) (?:no|some|a|mild|slight|tenderness|swelling|redness|pain with)|tender(?:ness)?)\b/i;
const advice =
  /\b(?:make sure|be sure to|try to|avoid|^(?:don't|do not)|keep (?:an eye|up|doing|your|it|the|that|track|watching)|you can (?:also )?(?:use|take|try|return|go back|resume|ice|put)|you should(?:n't)?|watch (?:your|what|for)|cut (?:down|back)|stay (?:hydrated|away|active)|drink|rest|quit|important (?:to|that)|stick to|lose (?:some )?weight)\b/i;
const allergy = /\ballerg(?:y|ies|ic)\b/i;

/** A device that takes orders by voice is spoken to, not the patient. */
const toDevice = /^(?:hey,? )?dragon\b|^(?:show me|finalize|pull up|load)\b/i;
const empty =
  /^(?:(?:I|you|it|that|this|yes|no|not|the|a|an|to|is|of|on|my|and|or|do|did|just|go|see|exam|ahead|let's)\b|[\s,.'])*$/i;

/** What another person takes or has is no statement about the patient. */
const ofAnother =
  /^(?:my|your|his|her|the|an)? ?(?:other|another|last|previous|next)? ?(?:patient|mother|father|mom|mum|dad|sister|brother|wife|husband|aunt|uncle|neighbou?r|friend|grandmother|grandfather) (?:also )?(?:takes|took|is on|was on|has|had|is taking|was taking|uses|used)\b/i;

/** Another patient's result or drug. A form of address ("Mrs. Jones, you have ...") is no third party. */
const ofAnotherPatient =
  /\b(?:other|another|different|next) patient\b|\b(?:mr|mrs|ms|miss)\b\.? [a-z][\w'-]+,? (?:has|had|takes|took|gets|needs)\b/i;

/** "If you were bleeding, I would have sent you ...": what was not the case. */
const counterfactual =
  /\bif (?:you|it|that|this|there) (?:were|had)\b.*\bwould\b|\bwould(?:'ve| have)\b.*\bbut you(?:'re| are|r) not\b/i;

/** The fields of a clause: none for what is small talk, a question, or unclear. Numbers may also stand in a second field. */
export function fieldOf(clause: Clause, before: readonly Clause[]): SummaryField[] {
  const { words, turn, question } = clause;
  if (toDevice.test(words)) return /\border\b/i.test(words) && dosed.test(words) ? ["medicationChanges"] : [];
  if (empty.test(words)) return [];
  if (turn.role !== "clinician") return saidByPatient(clause, before);
  if (ofAnother.test(words) || ofAnotherPatient.test(words) || counterfactual.test(words)) return [];
  if (question && !alarms.test(words)) return [];
  if (alarms.test(words)) return ["seekAttention"];
  const past = /\b(?:last (?:year|time|month|visit)|years? ago|used to|in the past|previously|when you were)\b/i.test(
    words,
  );
  if (allergy.test(words) && /\b(?:you're|you are|you have|your|to)\b/i.test(words) && !diagnoses.test(words))
    return ["otherComments"];
  const fields: SummaryField[] = [];
  const hedged = /\b(?:know|thought|remember|told|said|noticed|saw|mentioned|understand)\b/i.test(words);
  if (measured.test(words) && !drugForm.test(words)) fields.push("numbers");
  if (
    drug(words) &&
    keeps.test(words) &&
    !/\b(?:increase|decrease|stop|switch|instead|(?:make|be) sure)\b/i.test(words)
  )
    fields.push("otherMedications");
  else if (drug(words) && starts.test(words) && !past) fields.push("medicationChanges");
  // "I'm going to put you on pain medicine. So tramadol, 50 milligrams": the verb is in the clause before.
  else if (dosed.test(words) && !past)
    fields.push(
      before.some(
        (each) => each.turn === turn && each.to >= clause.from - 3 && starts.test(each.words) && drug(each.words),
      )
        ? "medicationChanges"
        : "otherMedications",
    );
  else if (
    plans.test(words) &&
    action.test(words) &&
    !past &&
    !hedged &&
    !/\b(?:take a (?:look|listen)|look at|go over|talk(?: a| about)|tell you|ask you|quick exam|listen to|let you know what|examine|your results|my assessment)\b/i.test(
      words,
    )
  )
    fields.push("nextSteps");
  else if (
    fields.length === 0 &&
    diagnoses.test(words) &&
    illness.test(words) &&
    !past &&
    !/\bI know\b|\bhistory\b/i.test(words)
  ) {
    const named = illness.exec(words)!;
    const label = assertionOf(words, named.index, named.index + named[0].length);
    if (label === "confirmed" || label === "possible") fields.push("newIssues");
    else if (examined.test(words)) fields.push("accomplished");
    else if (label === "denied") fields.push("otherComments");
  } else if (fields.length === 0 && examined.test(words) && !hedged) fields.push("accomplished");
  else if (fields.length === 0 && advice.test(words) && !hedged) fields.push("otherComments");
  return fields;
}

function saidByPatient(clause: Clause, before: readonly Clause[]): SummaryField[] {
  const { words, turn, question } = clause;
  if (turn.role === "other" || question) return [];
  const questions = before.filter((each) => each.turn.role === "clinician" && each.turn.number === turn.number - 1);
  const why = questions.some((each) =>
    /\b(?:what brings? you|what (?:can|brought)|what's (?:going on|been going on|happening)|tell me (?:about|what|a little)|how can I help|what seems|what happened|reason for)\b/i.test(
      each.words,
    ),
  );
  const when = questions.some(
    (each) => each.question && /\bhow (?:long|many (?:days|weeks|months|years))\b|\bwhen did\b/i.test(each.words),
  );
  const long = (words.match(/\w+/g) ?? []).length;
  if (allergy.test(words) && /\bI(?:'m| am|'ve| have)?\b/.test(words)) return ["otherComments"];
  if (measured.test(words)) return ["numbers"];
  if (
    drug(words) &&
    /\b(?:I(?:'m| am|'ve| have)? (?:been )?(?:take|taking|took|use|using|on)|I'm still on)\b/i.test(words)
  )
    return ["otherMedications"];
  if (why && long >= 4) return ["cameInFor"];
  if (
    when &&
    long >= 2 &&
    /\b(?:days?|weeks?|months?|years?|hours?|since|yesterday|today|ago|night|morning)\b/i.test(words)
  )
    return ["cameInFor"];
  return [];
}
