/**
 * The 66 tasks of Tx-LLM and TxGemma (arXiv 2406.06316, tables A.7 and A.8) with the reported metric and, if the paper states it, the
 * split. Names are those of the Therapeutics Data Commons.
 */
export type TaskKind = "binary" | "regression" | "generation";
export type TaskMetric = "auroc" | "auprc" | "accuracy" | "mae" | "mse" | "spearman" | "pearson" | "set-accuracy";

export interface TherapeuticTask {
  name: string;
  kind: TaskKind;
  metric: TaskMetric;
  /** Undefined if the paper does not state it. */
  split?: "scaffold" | "random" | "cold" | "combination" | "temporal";
}

const groups: readonly [TaskKind, TaskMetric, TherapeuticTask["split"], string][] = [
  [
    "binary",
    "auroc",
    "scaffold",
    "PAMPA_NCATS HIA_Hou Pgp_Broccatelli Bioavailability_Ma BBB_Martins CYP2C19_Veith CYP3A4_Substrate_CarbonMangels hERG AMES DILI Skin_Reaction Tox21 ClinTox herg_central ToxCast SARSCoV2_Vitro_Touret SARSCOV2_3CLPro_Diamond HIV",
  ],
  [
    "binary",
    "auprc",
    "scaffold",
    "CYP2D6_Veith CYP3A4_Veith CYP1A2_Veith CYP2C9_Veith CYP2C9_Substrate_CarbonMangels CYP2D6_Substrate_CarbonMangels",
  ],
  ["binary", "accuracy", "scaffold", "Carcinogens_Lagunin hERG_Karim"],
  ["binary", "auprc", "random", "SAbDab_Chen"],
  ["binary", "auprc", "cold", "HuRI"],
  ["binary", "accuracy", "random", "miRTarBase"],
  ["binary", "auroc", "random", "MHC1_IEDB-IMGT_Nielsen MHC2_IEDB_Jensen butkiewicz"],
  ["binary", "auroc", "cold", "weber phase1 phase2 phase3"],
  ["regression", "mae", "scaffold", "Caco2_Wang Lipophilicity_AstraZeneca Solubility_AqSolDB PPBR_AZ LD50_Zhu"],
  ["regression", "mae", "random", "TAP Protein_SAbDab DisGeNET"],
  ["regression", "mae", "combination", "DrugComb_CSS DrugComb_HSA DrugComb_Loewe DrugComb_Bliss DrugComb_ZIP"],
  [
    "regression",
    "spearman",
    undefined,
    "VDss_Lombardo Half_Life_Obach Clearance_Hepatocyte_AZ Clearance_Microsome_AZ Leenay BindingDB_ic50",
  ],
  [
    "regression",
    "pearson",
    undefined,
    "USPTO_Yields Buchwald_Hartwig BindingDB_kd BindingDB_ki GDSC1 GDSC2 OncoPolyPharmacology",
  ],
  ["regression", "pearson", "temporal", "BindingDB_Patent"],
  ["regression", "mse", undefined, "DAVIS KIBA"],
  ["generation", "set-accuracy", undefined, "USPTO"],
];

export const therapeuticTasks: readonly TherapeuticTask[] = groups.flatMap(([kind, metric, split, names]) =>
  names.split(" ").map((name) => ({ name, kind, metric, ...(split && { split }) })),
);

/**
 * The task of a name as a checkpoint spells it: exact, or a family member such as `ToxCast_APR_HepG2` or `Tox21_NR_AR`, or a name whose author's
 * suffix is missing.
 */
export function taskNamed(name: string): TherapeuticTask | undefined {
  const lower = name.toLowerCase().replaceAll("-", "_");
  const spelled = (task: TherapeuticTask) => task.name.toLowerCase().replaceAll("-", "_");
  return (
    therapeuticTasks.find((task) => spelled(task) === lower) ??
    therapeuticTasks
      .filter((task) => lower.startsWith(`${spelled(task)}_`) || spelled(task).startsWith(`${lower}_`))
      .sort((x, y) => y.name.length - x.name.length)[0]
  );
}
