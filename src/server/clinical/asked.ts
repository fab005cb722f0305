/** Cache of laid-out and prefilled studies, so that a further question about the same study only computes the question. */
import type { Generator } from "../../model/contract.ts";
import type { Study } from "../../study/index.ts";
import { pairOf } from "../../study/study.ts";
import { type Layout, layOut, prefillLayout } from "../../task/index.ts";
import { type OpenedStudies, openWhole } from "../pixels/opened.ts";

/** Maximum number of cached studies; each holds its pixels and the KV cache of its images. */
const maxStudies = 2;

interface CachedStudy {
  readonly study: Study;
  layout?: Layout;
  /** Number of calls that use it; an evicted entry is closed after the last one. */
  users: number;
  dropped: boolean;
}

export class StudyCache {
  /** Keyed by study, model and files; in order of use, the latest last. */
  private readonly entries = new Map<string, Promise<CachedStudy>>();

  constructor(private readonly studies: OpenedStudies) {}

  /**
   * @param work receives the layout if the same layout serves every question, otherwise the study: the view of a record depends on the question.
   */
  async use<T>(
    study: string,
    model: Generator,
    signal: AbortSignal | undefined,
    work: (input: { readonly study: Study; readonly layout?: Layout }) => Promise<T>,
  ): Promise<T> {
    const files = await this.studies.filesOf(study);
    const key = [
      model.identity.name,
      model.identity.hash ?? "",
      study,
      ...files.map(({ sha256 }) => sha256.slice(0, 12)),
    ].join(" ");
    let opening = this.entries.get(key);
    if (opening === undefined)
      opening = openWhole(files).then((opened): CachedStudy => ({ study: opened, users: 0, dropped: false }));
    else this.entries.delete(key);
    this.entries.set(key, opening);
    let cached: CachedStudy;
    try {
      cached = await opening;
    } catch (error) {
      this.entries.delete(key);
      throw error;
    }
    cached.users++;
    try {
      await this.tidy();
      if (cached.layout === undefined && cached.study.parts.every(({ kind }) => kind !== "record")) {
        const layout = await layOut(cached.study, model).catch(() => undefined);
        // On failure the task reports why the study cannot be laid out.
        if (layout !== undefined)
          cached.layout = await prefillLayout(layout, model, signal === undefined ? {} : { signal });
      }
      return await work({ study: cached.study, ...(cached.layout && { layout: cached.layout }) });
    } finally {
      cached.users--;
      if (cached.dropped && cached.users === 0) await closeAsked(cached);
    }
  }

  /**
   * Opens a prior and a current study as a pair, which is closed after `work`.
   *
   * @param work `parts` are those to compare, as numbered in the pair, if both are chosen; the first `priorParts` parts are the prior's.
   */
  async pair<T>(
    { study: prior, part, currentPart }: { study: string; part?: number | undefined; currentPart?: number | undefined },
    current: string,
    work: (input: { pair: Study; parts?: number[]; priorParts: number }) => Promise<T>,
  ): Promise<T> {
    await using before = await this.studies.whole(prior);
    await using now = await this.studies.whole(current);
    const priorParts = before.parts.length;
    const chosen = part !== undefined && currentPart !== undefined ? [part, priorParts + currentPart] : undefined;
    return await work({ pair: pairOf(before, now), priorParts, ...(chosen && { parts: chosen }) });
  }

  private async tidy(): Promise<void> {
    while (this.entries.size > maxStudies) {
      const [oldest, unused] = this.entries.entries().next().value!;
      this.entries.delete(oldest);
      await drop(unused);
    }
  }

  async close(): Promise<void> {
    const all = [...this.entries.values()];
    this.entries.clear();
    for (const one of all) await drop(one);
  }
}

async function drop(opening: Promise<CachedStudy>): Promise<void> {
  const cached = await opening.catch(() => undefined);
  if (cached === undefined) return;
  cached.dropped = true;
  if (cached.users === 0) await closeAsked(cached);
}

async function closeAsked({ layout, study }: CachedStudy): Promise<void> {
  await layout?.close();
  await study.close();
}
