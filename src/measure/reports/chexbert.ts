/** F1 of the 14 CheXpert labels that the user's own CheXbert (or CheXpert labeler) gave for both reports. */
import { type F1Scores, f1Scores, multiLabelCounts } from "../classification/f1.ts";
import { invalidInput, requireSameLength } from "../input.ts";

/** The 14 labels of CheXpert, in the order of CheXbert's output. */
export const chexpertLabels = [
  "Enlarged Cardiomediastinum",
  "Cardiomegaly",
  "Lung Opacity",
  "Lung Lesion",
  "Edema",
  "Consolidation",
  "Pneumonia",
  "Atelectasis",
  "Pneumothorax",
  "Pleural Effusion",
  "Pleural Other",
  "Fracture",
  "Support Devices",
  "No Finding",
] as const;

/** One of the 14 observations of CheXpert. */
export type ChexpertLabel = (typeof chexpertLabels)[number];

/** The five labels of CheXbert F1-5. */
export const fiveChexpertLabels: readonly ChexpertLabel[] = [
  "Atelectasis",
  "Cardiomegaly",
  "Consolidation",
  "Edema",
  "Pleural Effusion",
];

/** A labeler's result for one label; a missing label was not mentioned (blank) and counts as absent. */
export type Mention = "present" | "absent" | "uncertain";

/** The labels of one report; an observation without an entry is not mentioned. */
export type LabelledReport = Readonly<Partial<Record<ChexpertLabel, Mention>>>;

/**
 * F1 over reports (`chexbert-f1-14@uncertain-positive` and so on).
 *
 * @param uncertain what an uncertain mention counts as. CheXbert-F1 as usually published: `positive`; MedGemma on the MAIRA split: `negative`.
 * Results of different policies cannot be compared.
 * @param labels 14 or 5 of them.
 */
export function chexbertF1(
  candidates: readonly LabelledReport[],
  references: readonly LabelledReport[],
  { uncertain, labels = chexpertLabels }: { uncertain: "positive" | "negative"; labels?: readonly ChexpertLabel[] },
): F1Scores<ChexpertLabel> {
  requireSameLength("CheXbert F1", candidates, references);
  const rows = (reports: readonly LabelledReport[]) =>
    reports.map((report, i) => {
      for (const name of Object.keys(report))
        if (!(chexpertLabels as readonly string[]).includes(name))
          throw invalidInput("CheXbert F1", `report ${i} has an unknown label`, chexpertLabels.join(", "), name);
      return labels.map(
        (label) => report[label] === "present" || (report[label] === "uncertain" && uncertain === "positive"),
      );
    });
  return f1Scores(multiLabelCounts(rows(references), rows(candidates), labels));
}
