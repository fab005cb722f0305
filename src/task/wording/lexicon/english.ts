/** English words of questions about images. */
import { type Lexicon, phrases } from "./lexicon.ts";

export const english: Lexicon = {
  language: "English",
  fillers: phrases(
    "the|a|an|is|are|it|its|he|she|they|this|that|these|those|here|there|any|some|of|in|on|at|to|for|from|me|us|you|your|my|" +
      "our|i|we|be|been|being|do|does|did|can|could|would|please|kindly|hi|hello|thanks|thank you|just|tell|say|let us know|have|" +
      "has|had|got|with|by|as|patient|patients|patient s|child|childs|child s|children|kid|boy|girl|infant|baby|person|one|seems|" +
      "appears|appear|given|based on|according to|question|answer|whether|if|so|i want to know|i would like to know|" +
      "i d like to know|do you think|in your opinion|paediatric|pediatric|young|possible|obvious|clear|likely|s|and|also|" +
      "then|suspected",
  ),
  concepts: {
    identity: phrases("what is this|what s this|what is it|what am i looking at|identify this|what is shown"),
    presence: phrases(
      "is there|are there|presence of|presence|present|see|seen|visible|detect|detected|sign of|signs of|signs|sign|" +
        "evidence of|evidence|suspicion of|suspicious for|suggest|suggests|suggestive of|indicate|indicates|indicative of|show|" +
        "shows|showing|shown|find|found|identify|check for|check|look for|consistent with|suffer from|suffers from|" +
        "suffering from|diagnosed with|diagnosis of|demonstrate|demonstrates|yes or no|contain|contains|notice|spot|recognise|" +
        "recognize|positive for|compatible with|look like|looks like",
    ),
    negation: phrases(
      "no|not|never|without|isn t|doesn t|don t|none|absence of|absent|free of|rule out|exclude|excluded|hasn t|neither|" +
        "nothing",
    ),
    what: phrases("what|what s|whats|which|which of these|which one"),
    kind: phrases(
      "kind of|kind|type of|type|sort of|sort|modality|category|what am i looking at|" + "how was this taken",
    ),
    image: phrases("image|images|picture|pictures|photo|scan|scans|study|file|exam|examination|imaging"),
    xray: phrases("x ray|x rays|xray|xrays|radiograph|radiographs|radiography|film|films|cxr|cxrs|roentgenogram"),
    ct: phrases("ct|ct slice|ct scan|computed tomography|slice"),
    histology: phrases("histology|histopathology|biopsy|patch|slide|tissue|microscopy|micrograph"),
    chest: phrases("chest|thorax|thoracic|frontal"),
    lung: phrases("lung|lungs|lung field|lung fields"),
    right: phrases("right|right sided"),
    left: phrases("left|left sided"),
    both: phrases("both"),
    where: phrases("where|where s|location of|position of|locate|localise|localize"),
    outline: phrases(
      "box|boxes|bounding box|bounding boxes|outline|mark|draw|coordinates of|coordinates|around|delineate|point to",
    ),
    describe: phrases(
      "describe|description|report|write a report|write up|read|interpret|interpretation|findings|impression|summarise|" +
        "summarize|summary|dictate|radiology|radiological|what does it show|what do you see|what can you see|what is seen|what is visible|what is on|" +
        "what does this show|what does the image show|what does this image show|what does this x ray show|" +
        "what does the x ray show|what does this film show|what does the film show|what are the findings|write|give|make|produce|" +
        "generate|prepare|provide|draft|explain",
    ),
    normal: phrases("normal|healthy|unremarkable"),
    change: phrases(
      "improved|improve|improving|improvement|worse|worsened|worsening|stable|unchanged|better|changed|change|changes|" +
        "progressed|progress|progression|compare|compared|comparison|course|evolution|evolved|gotten|got better|got worse",
    ),
    prior: phrases(
      "prior|previous|before|earlier|current|first|second|last|between|since|than|over time|follow up|latest|now|old|new|two|" +
        "both films|both images",
    ),
    disease: phrases("disease|illness|condition"),
    or: phrases("or|versus|vs|rather than"),
  },
  joints: phrases("and|also|as well as"),
};
