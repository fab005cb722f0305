/** The part of dcmjs that is used here; the package has no types of its own. */
declare module "dcmjs" {
  export const data: {
    DicomDict: new (
      meta: Record<string, unknown>,
    ) => { dict: Record<string, unknown>; write(options?: { allowInvalidVRLength: boolean }): ArrayBuffer };
    DicomMetaDictionary: { denaturalizeDataset(dataset: Record<string, unknown>): Record<string, unknown> };
  };
}
