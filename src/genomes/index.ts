/** Genomes: genotypes (VCF, PLINK), polygenic scores with a report of what matched, and their images. */
export type { GenomeBuild, GenotypeSource, VariantRecord } from "./genotypes.ts";
export { openGenotypes } from "./open.ts";
export { type Candidate, type CandidateReads, parseCandidate, readsAround } from "./pileup/sam.ts";
export { type SimulatedSite, type SiteOptions, simulateSite, siteColumn } from "./pileup/simulate.ts";
export {
  type AlignedRead,
  pileupChannels,
  pileupColumns,
  pileupRows,
  pileupTensor,
  stackPileup,
  unstackPileup,
} from "./pileup/tensor.ts";
export { openPlink } from "./plink/read.ts";
export { applyScore, type PersonScore, type ScoreOptions, type ScoreResult } from "./score/apply.ts";
export { type AlleleMatch, complement, isPalindromic, matchAlleles } from "./score/match.ts";
export {
  type EffectModel,
  type PolygenicScore,
  readScoreFile,
  type ScoreVariant,
  type SkippedRow,
} from "./score/read.ts";
export type { MatchReport, UnmatchedReason } from "./score/report.ts";
export { openVcf, type VcfOptions } from "./vcf/read.ts";
export { type DistributionOptions, distributionSvg, percentileRanks } from "./view/percentiles.ts";
export {
  fitTileScale,
  readTiles,
  renderTiles,
  type TileImage,
  type TileLayout,
  type TileScale,
  tileLayout,
  traitAt,
} from "./view/tiles.ts";
