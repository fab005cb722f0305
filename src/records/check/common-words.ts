/** Common words that do not refer to clinical facts and need no support in the record. */
export const commonWords: ReadonlySet<string> = new Set(
  `the a an and or but if then than that this these those there here of in on at to from for with without within by as is are was were be been being am
  has have had having do does did done not no nor yes none never ever always often sometimes once twice time times again still already yet only also both either neither each every all any some most more
  less least few many much other others another same different first second third last latest next previous prior earlier later before after since until during between among over under above below about around
  up down out off into onto through against per via across along he she it they him her them his hers its their you your we our us i me my who whom whose which what when where why how
  one two three four five six seven eight nine ten eleven twelve dozen half january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec
  monday tuesday wednesday thursday friday saturday sunday morning afternoon evening night today yesterday tomorrow now currently current present recent recently date dates dated day days week weeks month months year years
  hour hours minute minutes age aged old young older younger born birth male female man woman patient patients person people mr mrs ms miss dr doctor physician nurse provider clinician practitioner
  record records recorded chart charts document documents documented note notes noted state states stated show shows showed shown list lists listed indicate indicates indicated according based evidence
  result results value values level levels reading readings measurement measurements measured test tests tested lab labs laboratory panel panels reference range ranges normal abnormal high low higher lower highest lowest
  maximum minimum average mean total sum count number numbers amount unit units percent percentage rise rises rose risen rising fall falls fell fallen falling increase increased increasing decrease decreased decreasing
  drop dropped change changed changes changing unchanged stable trend trends trending mixed constant difference interval elapsed passed lasted duration between apart long short
  diagnosis diagnosed diagnoses condition conditions disease disorder problem problems illness finding findings history episode episodes onset resolved resolve active inactive ongoing ended end ends ending began begin start started starts
  medication medications drug drugs medicine medicines prescription prescriptions prescribed prescriber prescribes ordered order taking take takes took taken given give dose doses dosage stopped stop discontinued treatment treated treat reason because due
  procedure procedures performed underwent undergone immunization immunizations vaccine vaccines vaccination vaccinated shot booster allergy allergies allergic encounter encounters visit visits appointment seen saw see
  report reports care plan plans goal goals yes true false known unknown found find finding occurred occur happened happen appears appear remains remain however therefore thus while although though so
  answer answers question facts fact source sources cited follows following include includes included including namely respectively approximately exactly roughly nearly almost just well very quite rather
  blood body serum plasma oral tablet capsule score scale status severity mild moderate severe family mother father sister brother planned possible confirmed denied denies
  day-old year-old overall throughout neither result's patient's bounds bound closest nothing called named name names may might can could should would will shall must let
  caution cautions check please research software clinical use made make makes got get received receive receives administered administration`
    .split(/\s+/)
    .filter(Boolean),
);
