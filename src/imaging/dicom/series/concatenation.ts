/** Concatenations: one multi-frame object that was written as several files, each with some of its frames (PS3.3 C.7.6.16.2.2.4). */
import type { Warning } from "../../types.ts";
import type { DicomInstance } from "./instance.ts";

/** Index of a part's first frame among all frames; 0 for an object in one file. */
export function concatenationOffset({ file }: DicomInstance): number {
  return file.dataset.number("ConcatenationFrameOffsetNumber") ?? 0;
}

/** Reports for each concatenation of a series which parts are missing; nothing else would reveal the gap. */
export function concatenationWarnings(instances: readonly DicomInstance[]): Warning[] {
  const wholes = new Map<string, DicomInstance[]>();
  for (const instance of instances) {
    const uid = instance.file.dataset.string("ConcatenationUID");
    if (uid === undefined) continue;
    const parts = wholes.get(uid);
    if (parts === undefined) wholes.set(uid, [instance]);
    else parts.push(instance);
  }
  return [...wholes.values()].map((parts) => {
    const numbers = parts.map(({ file }) => file.dataset.number("InConcatenationNumber") ?? 1).sort((a, b) => a - b);
    const stated = Math.max(...parts.map(({ file }) => file.dataset.number("InConcatenationTotalNumber") ?? 0));
    // The total is optional; the highest number is a lower bound.
    const total = Math.max(stated, ...numbers);
    const where = parts[0].source.name;
    if (new Set(numbers).size < total)
      return {
        code: "series/concatenation-incomplete",
        message: `one object in ${total} files, of which only ${numbers.join(", ")} ${parts.length === 1 ? "is" : "are"} present; the frames of the others are missing`,
        where,
      };
    const unsure = stated === 0 ? "; the total number is not stated" : "";
    return {
      code: "series/concatenation",
      message: `one object in ${total} ${total === 1 ? "file" : "files"}, whose frames are joined${unsure}`,
      where,
    };
  });
}
