/**
 * Further cue phrases, by families of verbs and nouns: what removes a diagnosis, leaves it open, foresees it, or gives it to another person. They follow the
 * short cues of `assertion.ts`, which are tried first after a mention; before a mention all of them count.
 */
import type { Assertion } from "../fact.ts";

interface Cue {
  pattern: RegExp;
  label: Assertion;
}

const kin =
  "(?:mother|father|mom|mum|mummy|dad|sister|brother|sibling|aunt|auntie|uncle|cousin|grand(?:mother|father|parent|ma|pa|ad|son|daughter)|gran|granny|nan|son|daughter|child|niece|nephew|wife|husband|partner|spouse|fianc[eé]e?|boyfriend|girlfriend|twin|relative|parent|step(?:mother|father|son|daughter|brother|sister)|half-(?:brother|sister)|(?:mother|father|son|daughter|brother|sister)-in-law|flatmate|room-?mate|colleague|neighbour|neighbor|classmate|workmate|friend)s?";
/** Words that may stand between the parts of a phrase without changing it. */
const adverbs =
  "(?:(?:now|since|then|later|also|still|just|yet|well|all|both|each|being|been|be|quite|very|most|rather|only|highly|[a-z]+ly)\\s+){0,4}";

export const widerBefore: readonly Cue[] = [
  {
    label: "family",
    pattern:
      /\b(?:wife|husband|partner|spouse|fianc[eé]e?|boyfriend|girlfriend|flatmate|room-?mate|colleague|neighbou?r|classmate|workmate|in-laws?|step(?:mother|father|son|daughter)|half-(?:brother|sister)|gran|nan|granny|granddad|mummy|kin|ancestors?|pedigree|hereditary|donor|index case|sick contacts?|another (?:child|resident|patient|pupil)|(?:birth|biological|natural) (?:mother|father|parents)|(?:two|three|four|five|both|all|several|many|some|most) (?:of )?(?:(?:his|her|the) )?(?:brothers|sisters|siblings|uncles|aunts|cousins|children|relatives|parents|sons|daughters)|(?:contact|exposed|exposure) (?:to|with) (?:a|an|someone|somebody|people) \w+ (?:with|who (?:has|had)))\b/gi,
  },
  {
    label: "possible",
    pattern: new RegExp(
      [
        `\\b(?:(?:I|we|one|team|still|would|strongly|rather|and|do) ${adverbs}(?:suspect|wonder(?:ed)?(?: about| whether| if)?|believe|assume|fear|guess|reckon|presume|query|lean|incline))\\b`,
        "\\b(?:lean(?:s|ing)?|inclin(?:es?|ed|ing)|tend(?:s|ing)) to(?:wards?)?\\b",
        "\\b(?:my|our|the|best|first|working|provisional|leading|tentative) (?:\\w+ )?(?:guess|hunch|suspicion|bet|money|label|thought|hypothesis|theory|instinct|fear)\\b",
        "\\b(?:has|have|had|must|need|ought) to (?:suspect|consider|think of|wonder about|ask about|exclude)\\b",
        "\\b(?:mak(?:es|ing)|made|has|have|had) (?:me|us|one|him) (?:think|thinking|wonder|wondering|suspect|suspicious)(?: about| of| whether| if)?",
        `\\b(?:smell|sound|look|seem|appear|feel|read|behave)(?:s|ed|ing)?\\b (?:\\w+ ){0,4}?(?:like|of|to be|suspicious|consistent|compatible|suggestive|as if|as though)\\b`,
        `\\b(?:may|might|could|can) ${adverbs}(?:(?:in theory|at a stretch) )?(?:be|represent|reflect|indicate|mean|signify|turn out to be|prove to be|amount to|point to|herald)\\b(?! (?:prevented|avoided|averted|excluded|ruled out|dismissed|discounted|forgotten|discarded|done|treated|managed|controlled))`,
        "\\b(?:jury (?:is|are) out|not sure|not certain|cannot be sure|unclear|uncertain|undecided|debatable|doubt whether|hard to say|too (?:early|soon) to (?:say|tell|exclude|call)|remains to be seen|time will tell)\\b",
        "\\beither\\b",
        "\\b(?:fair|good|real|some|high|strong|clinical|distinct|reasonable|decent|growing|great) (?:chance|suspicion|possibility|likelihood|probability|index of suspicion|concern|worry)\\b",
        "\\b(?:tentatively|provisionally|presumptively|empirically|putative|purported|alleged(?:ly)?|apparent(?:ly)?|questioned|incipient)\\b",
        "\\bhint(?:s|ed|ing)? (?:at|of)\\b",
        "\\b(?:to|needs? to|must|please) (?:exclude|rule out)\\b|\\bexclude\\b",
        "\\b(?:favou?rs|candidates?|contenders?|possibilities|considerations|suspects|culprits?) (?:is|are|include|includes|including|being)\\b",
        "\\b(?:reminiscent|redolent) of\\b|\\bcould (?:this|it|that|he|she|we) \\w+\\b|(?<!nor )\\bdoes (?:this|he|she) (?:have|amount to|represent)\\b",
      ].join("|"),
      "gi",
    ),
  },
  {
    label: "planned",
    pattern: new RegExp(
      [
        "\\b(?:prevent|avert|avoid|forestall|preempt|pre-empt|obviate|delay)(?:s|ed|ing|ion of)?\\b",
        "\\b(?:ward|fend|stave|head|keep)(?:s|ed|ing)? off\\b|\\b(?:guard|protect|insur|safeguard)(?:s|e|ed|ing|ion)? (?:him |her |them )?(?:against|from)\\b",
        "\\b(?:reduc|lower|lessen|cut|minimi[sz]|decreas)(?:e|es|ed|ing|s|ting)? (?:the |her |his |their |any )?(?:\\w+ )?(?:risk|chance|odds|likelihood|danger)s?\\b",
        "\\b(?:odds|danger|likelihood|lifetime risk|predisposition|susceptibility) (?:of|to|for)\\b|\\b(?:prone|vulnerable|liable|predisposed|susceptible) to\\b|\\bin (?:line|danger|store) (?:for|of)\\b|\\bheading for\\b|\\bpredispos(?:es|ing) (?:him |her )?to\\b",
        "\\b(?:complications|side[- ]effects?|adverse effects|risks|hazards|dangers|consent(?:ed)?|red flags|warning signs|return precautions|safety[- ]net(?:ted|ting)?)\\b(?! of (?:his|her|the)\\b)(?! of\\s*$)",
        "\\b(?:ring|call|phone|return|returns|come back|back|attend|attends|seek (?:help|care|advice)|report|reports|reattend|contact|present|go to [\\w&]+)\\b[^.;]{0,30}\\b(?:if|should|when|in case|in the event|at the first sign)\\b",
        "\\b(?:watch|look|looking|keep an eye) out for\\b|\\beye out for\\b|\\b(?:alert|vigilant) (?:to|for)\\b|\\bbeware of\\b|\\bin (?:the event|case|the eventuality) of\\b|\\blest\\b|\\bfor fear of\\b|\\bin case\\b",
        "\\b(?:vaccin\\w+|immuni[sz]\\w+|booster|jabs?|prophyla\\w+|screen(?:ed|ing|s)?|surveillance|mammogra\\w+|colonoscopy|smear|tested|swabbed|checked|bloods|up to date)\\b[^.;]{0,30}\\b(?:for|against|before|to detect|to catch)\\b",
        "\\b(?:should|were) (?:there|he|she|it|they|you|any|a|an) (?:be|to|develop|get|have|notice)?\\b|\\b(?:once|whenever|provided|supposing) (?:he|she|there|it)\\b",
        "\\b(?:advis|counsel|educat|warn|inform|remind|instruct|brief|taught)\\w*\\b[^.;]{0,15}\\b(?:about|on|of|regarding|re|concerning|against|how to)\\b",
        "\\b(?:leaflet|handout|booklet|brochure|pamphlet|video|read up|information|session|poster)\\b[^.;]{0,10}\\b(?:about|on|regarding|re|of)\\b",
        "\\b(?:afraid|scared|frightened|worried|anxious|fears?|dreads?|terrified|asks?|asked|wants to know|wonders) (?:[\\w']+ ){0,3}(?:will|would|might|of getting|of developing|how to|how)\\b",
        "\\b(?:can|may|might|could|will|sometimes|rarely|known to|tends to) (?:also )?(?:cause|bring on|give|lead to|result in|trigger|provoke|precipitate|produce|end in|end up (?:with|in)|progress to|turn into)\\b",
        "\\bso (?:that|as to)\\b[^.;]{0,30}\\b(?:not|never|less|won't|n't)\\b|\\bagainst\\b|\\bin (?:prospect|future)\\b|\\bone day\\b|\\beventually\\b",
        "\\b(?:chance|risk) of\\b",
      ].join("|"),
      "gi",
    ),
  },
  {
    label: "denied",
    pattern: new RegExp(
      [
        "\\b(?:nothing|little|not much|hardly anything|no(?: \\w+){0,2}) (?:\\w+ ){0,4}?(?:to (?:suggest|support|indicate|commend|call|favou?r|make)|like|resembling|in keeping|in favou?r of|pointing to|typical of|suggestive of)\\b",
        "\\b(?:free|clear|devoid|void|bereft|innocent|rid|cleared) of\\b",
        "\\b(?:safely|confidently|can now|may now|we can|I can|we may) (?:\\w+ly )?(?:forget(?: about)?|discard|dismiss|discount|exclude|drop|rule out|set aside|reject)\\b",
        "\\b(?:exclud(?:es|ed|ing)|disprov(?:es|ed|ing)|refut(?:es|ed|ing)|dispel(?:s|led|ling)|exonerat(?:es|ed)|argu(?:es|ed|ing) against|sp(?:eaks|oke) against|(?:goes|went) against|eliminat(?:es|ed|ing)|discount(?:s|ed|ing)|dismiss(?:es|ed|ing)|debunk(?:s|ed)|contradict(?:s|ed)|disclaim(?:s|ed)?|disavow(?:s|ed)?|negat(?:es|ed)|professes no)\\b",
        "\\b(?:far from|anything but|hardly|scarcely|by no means|in no way|nothing like|zero|minus|sans|nil|nowhere|nobody|none of)\\b",
        "\\b(?:spared|escaped|got away without|never had|without ever)\\b",
        "\\bsh(?:akes|ook) (?:his|her) head\\b|\\b(?:says?|answers?|answered|said|replied) no (?:to|when)\\b",
        "\\b(?:normal|clear|clean|negative|unremarkable|reassuring|benign|fine)\\b[^.;]{0,20}\\b(?:for|as to|as regards|regarding|with respect to|in respect of)\\b",
        "\\b(?:wrongly|erroneously|mistakenly|falsely|incorrectly) (?:\\w+ )?(?:labell?ed|diagnosed|coded|recorded|treated)\\b|\\bwrong to\\b",
        "\\b(?:mind|minds) at rest about\\b|\\bno (?:worry|question|prospect|chance|basis|grounds) (?:of|for|about)\\b",
      ].join("|"),
      "gi",
    ),
  },
];

export const widerAfter: readonly Cue[] = [
  {
    label: "possible",
    pattern: new RegExp(
      [
        `^\\W*(?:(?:is|was|remains?|are|has|have|stays?|had)\\s+)?${adverbs}(?:(?:yet )?to be (?:\\w+ly )?(?:disproved|proven|proved|confirmed|excluded|ruled (?:out|in)|settled|verified|considered)|(?:cannot|can't|can not|could not|not|never|n't|yet) ${adverbs}(?:excluded|ruled out|disproved|settled|dismissed|discounted|discarded|forgotten|eliminated|out of the question)|in (?:the frame|play|doubt|question|the differential)|on the (?:cards|list|differential)|under (?:consideration|investigation|suspicion)|high on|uncertain|unclear|unproven|unconfirmed|presumed|plausible|conceivable|undecided|debatable|a (?:candidate|contender|worry|strong suspicion|thought|distinct possibility|real possibility)|one of (?:several|the)|the (?:likeliest|leading|most likely|front-runner|prime suspect))\\b`,
        `^\\W*(?:needs?|must|should|ought|has|have|requires?|deserves?)\\s+(?:to\\s+)?${adverbs}(?:exclud|rul(?:ed?|ing) (?:out|in)|consider|confirm|suspect|investigat|explor|worked up|looked into|thought of|kept in mind|borne in mind)`,
        `^\\W*(?:would|could|might|may|can)\\s+${adverbs}(?:explain|account for|fit|tie|underlie|be (?:the cause|behind|responsible|to blame|contributing))`,
        "^\\s*\\(?\\?|^\\s*(?:until|unless) (?:proven|shown|proved) otherwise",
        "^\\s*[,-]\\s*(?:probably|possibly|presumably|likely|perhaps|maybe|I think|it seems|query|tbc|to be confirmed|unconfirmed)\\b(?! (?:due|from|caused|related|secondary|hereditary))",
        "^\\s*\\((?:probable|suspected|possible|presumed|tbc|query|likely)\\)",
      ].join("|"),
      "i",
    ),
  },
  {
    label: "denied",
    pattern: new RegExp(
      [
        `^\\W*(?:(?:was|is|were|are|has|have|had|can|could|seems|appears|but|which was)\\s+)*${adverbs}(?:discounted|set aside|dismissed|dropped|struck off|crossed (?:out|off)|laid to rest|discarded|abandoned|thrown out|refuted|retracted|rejected|withdrawn|eliminated|disproved|disproven|contradicted|debunked|excluded|ruled out|denied|absent|nil|unlikely|improbable|implausible|far-fetched|doubtful|untenable|unfounded|out of the (?:question|running)|off the (?:list|table|cards)|no longer (?:present|entertained|considered|suspected)|a (?:mistake|misdiagnosis|red herring|false alarm|myth)|nowhere)\\b`,
        "^\\W*(?:(?:and|or|nor|,)\\s+[\\w' -]{1,30}?\\s+)?(?:(?:are|were|is|was)\\s+)?(?:both|all) (?:absent|denied|negative|excluded|ruled out)\\b",
        "^\\W*(?:came back|returned|proved|was|were|is|has been)\\s+(?:[a-z]+ly\\s+)?(?:normal|negative|clear|unremarkable|reassuring|clean)\\b",
        "^\\W*(?:did not|didn't|does not|doesn't|never|failed to|has not|have not)\\s+(?:materiali[sz]e|develop|occur|happen|arise|ensue|show|appear|emerge|transpire|follow|feature|apply|come (?:to pass|into it)|been (?:found|seen|demonstrated|noted|detected|shown))",
        "^\\W*(?:was |is |were |are |has |have )?(?:never|not|n't)\\s+(?:been )?(?:found|seen|present|a (?:problem|feature|part)|in evidence|to be (?:found|seen|heard|felt)|demonstrated|shown|documented|diagnosed|reported|noted|detected|an issue|part of|the (?:case|cause|culprit|answer|reason|problem)|what|borne|supported|apparent|evident|elicited|visible)\\b",
      ].join("|"),
      "i",
    ),
  },
  {
    label: "planned",
    pattern:
      /^\s*(?:risks?|screen(?:ing|s)?|vaccin\w+|jab|booster|shot|precautions|surveillance|awareness|happens?|sets in|supervenes?|ensues?|follows|can be (?:averted|prevented|avoided)|is less likely|is not missed|becomes a worry|(?:is|was) (?:due|offered|booked|arranged))\b/i,
  },
  {
    label: "family",
    pattern: new RegExp(
      `^[^.;,]{0,20}\\b(?:in|of|affecting|on) (?:a |an |his |her |the |both |two |one |several )?(?:\\w+ )?(?:${kin}|family|mother's side|father's side|dad's side|mum's side|maternal|paternal)\\b|^\\W*(?:took|killed|claimed|carried off|felled|struck|affected)\\s+(?:his|her|their|both|a|an)\\s+(?:\\w+\\s+)?${kin}\\b|^\\W*(?:runs?|goes|clusters?|is (?:rife|common|frequent))\\s+(?:in|through|on|among)\\b|^\\s*(?:\\(|[-:]\\s*)(?:${kin}|MGM|MGF|PGM|PGF)\\b`,
      "i",
    ),
  },
];

/** A relative who only reports, brings or cares for the patient is not whom the statement is about. */
export const bystander = new RegExp(
  `\\b(?:(?:brought|accompanied|driven|seen|sent|carried|referred)(?: in| here)? by|lives? with|moved in with|here with|according to) (?:his|her|their|the) ${kin}|\\b(?:his|her|their|the) ${kin} (?:who \\w+ (?:him|her) )?(?:says?|said|reports?|reported|noticed|states?|tells?|told|thinks?|is (?:worried|concerned|sure|clear|adamant)|confirms?|describes?|witnessed|insists?|saw|rang)\\b`,
  "gi",
);
