/**
 * The state of a report being edited. Every change is stored in this browser immediately and sent to the server shortly
 * after; changes that could not be sent (server down, session expired) are sent later. Conflicting changes are merged,
 * and no text is lost.
 *
 * Over 300 lines because storing, sending and merging share one state: in separate modules they could disagree about
 * what is saved.
 */
import { batch, computed, effect, signal } from "@preact/signals";
import { ApiError, call, connection, get, session } from "../api/client.ts";
import type { Answer, Report, ReportContent, Sentence } from "../api/types.ts";
import { storedValue, storeValue } from "../app/kept.ts";
import { tell } from "../controls/toasts.tsx";
import type { Marks } from "../viewer/marks/marks.ts";
import { words } from "../words/en.ts";
import { type Clash, merge } from "./merge.ts";

export const emptyContent: ReportContent = { sentences: [], boxes: [], measures: [], addenda: [] };

interface KeptDraft {
  readonly report: string;
  readonly version: number;
  /** The server's content when the change began. */
  readonly base: ReportContent;
  readonly content: ReportContent;
}

export interface Conflict {
  readonly theirs: Report;
  readonly merged: ReportContent;
  readonly clashes: readonly Clash[];
}

/** Delay after typing before the change is saved, ms. */
const pause = 500;

export class Draft {
  /** The server's latest version; undefined before the first report. */
  readonly report = signal<Report | undefined>(undefined);
  readonly loaded = signal(false);
  readonly problem = signal<Error | undefined>(undefined);
  readonly content = signal<ReportContent>(emptyContent);
  readonly state = signal<"saved" | "saving" | "unsaved" | "kept">("saved");
  readonly conflict = signal<Conflict | undefined>(undefined);
  /** The sentence being edited. */
  readonly current = signal<string | undefined>(undefined);
  readonly signed = computed(() => this.report.value?.state === "signed");
  readonly unreviewed = computed(
    () => this.content.value.sentences.filter(({ state }) => state === "unreviewed").length,
  );
  private undone: ReportContent[] = [];
  private done: ReportContent[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private sending: Promise<void> | undefined;
  /** When editing of the current sentence began. */
  private since = performance.now();
  private readonly stops: (() => void)[] = [];

  constructor(readonly study: string) {
    void this.load();
    this.stops.push(
      effect(() => {
        // When the connection is restored, pending changes are sent.
        if (connection.value === "ready" && this.state.peek() === "kept") void this.save();
      }),
    );
    this.stops.push(
      effect(() => {
        void this.current.value;
        this.since = performance.now();
      }),
    );
    addEventListener("beforeunload", this.leave);
  }

  private readonly leave = () => {
    if (this.timer !== undefined) void this.save();
  };

  private get keptName(): string {
    return `draft.${this.study}`;
  }

  private async load(): Promise<void> {
    try {
      const { reports } = await get<{ reports: readonly Report[] }>(`/api/studies/${this.study}/reports`);
      const [report] = reports;
      this.problem.value = undefined;
      if (report !== undefined) this.open(report);
      this.loaded.value = true;
    } catch (error) {
      this.problem.value = error as Error;
      setTimeout(() => void this.load(), 2000);
    }
  }

  private open(report: Report): void {
    batch(() => {
      this.report.value = report;
      this.content.value = report.content;
      this.state.value = "saved";
      this.current.value ??=
        report.content.sentences.find(({ state }) => state === "unreviewed")?.id ?? report.content.sentences[0]?.id;
    });
    this.restore(report);
  }

  /** Restores text from an earlier visit that did not reach the server. */
  private restore(report: Report): void {
    const text = storedValue(this.keptName);
    if (text === undefined || report.state === "signed") return;
    try {
      const draft = JSON.parse(text) as KeptDraft;
      if (draft.report !== report.id) return;
      this.content.value = draft.content;
      if (draft.version === report.version) {
        tell(words.report.restored);
        this.later(0);
      } else this.meet(report, draft.base);
    } catch {
      storeValue(this.keptName, undefined);
    }
  }

  /** @param answer the draft to start from; without it the report is empty. */
  async create(answer?: Answer): Promise<void> {
    const { data } = await call<Report>("/api/reports", {
      method: "POST",
      body: { study: this.study, ...(answer && { answer: answer.id }) },
    });
    const marks = this.content.peek();
    this.done = [];
    this.undone = [];
    this.current.value = undefined;
    this.open(data);
    // Boxes and measurements made before the report existed become part of it.
    if (marks.boxes.length > 0 || marks.measures.length > 0)
      this.change((content) => ({
        ...content,
        boxes: [...content.boxes, ...marks.boxes],
        measures: [...content.measures, ...marks.measures],
      }));
  }

  /** @param how `typing` waits for a pause; a verdict is saved immediately. */
  change(change: (content: ReportContent) => ReportContent, how: "typing" | "verdict" = "verdict"): void {
    if (this.signed.peek()) return;
    const before = this.content.peek();
    const after = change(before);
    if (after === before) return;
    if (how === "verdict" || this.timer === undefined) this.done.push(before);
    this.undone = [];
    this.set(after, how === "verdict" ? 0 : pause);
  }

  private set(content: ReportContent, wait: number): void {
    this.content.value = content;
    const report = this.report.peek();
    if (report === undefined) return;
    const draft: KeptDraft = { report: report.id, version: report.version, base: report.content, content };
    storeValue(this.keptName, JSON.stringify(draft));
    this.state.value = "unsaved";
    this.later(wait);
  }

  private later(wait: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), wait);
  }

  undo(): void {
    const before = this.done.pop();
    if (before === undefined) return;
    this.undone.push(this.content.peek());
    this.set(before, 0);
  }

  redo(): void {
    const after = this.undone.pop();
    if (after === undefined) return;
    this.done.push(this.content.peek());
    this.set(after, 0);
  }

  /** @returns when the current content has been saved or stored locally. */
  async save(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    while (this.sending !== undefined) await this.sending;
    const report = this.report.peek();
    const content = this.content.peek();
    if (report === undefined || this.conflict.peek() !== undefined || content === report.content) return;
    this.state.value = "saving";
    this.sending = this.send(report, content).finally(() => {
      this.sending = undefined;
    });
    await this.sending;
    if (this.state.peek() === "unsaved" && this.timer === undefined) await this.save();
  }

  private async send(report: Report, content: ReportContent): Promise<void> {
    const began = performance.now();
    try {
      const { data } = await call<Report>(`/api/reports/${report.id}`, {
        method: "PUT",
        body: content,
        headers: { "if-match": `"${report.version}"` },
      });
      performance.measure("polyclinic:save", { start: began, end: performance.now() });
      batch(() => {
        // Compares by identity: text typed meanwhile is a new object, which is still to be saved.
        this.report.value = { ...data, content };
        const newer = this.content.peek() !== content;
        this.state.value = newer ? "unsaved" : "saved";
        if (newer) this.set(this.content.peek(), pause);
        else storeValue(this.keptName, undefined);
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 412) {
        this.meet(error.body as Report, report.content);
        return;
      }
      this.state.value = "kept";
      if (error.status === 409) await this.load();
      else if (error.status !== 0 && error.status !== 401) tell(error.message, { failed: true });
      if (error.status >= 500) this.later(3000);
    }
  }

  /** Handles a conflict: changes to different sentences are merged with a notification; for the same sentence the user decides. */
  private meet(theirs: Report, base: ReportContent): void {
    const { content, clashes } = merge(base, this.content.peek(), theirs.content);
    if (clashes.length > 0) {
      this.conflict.value = { theirs, merged: content, clashes };
      this.state.value = "kept";
      return;
    }
    tell(words.report.merged(theirs.author));
    this.settle(theirs, content);
  }

  /** Continues from the other version with this content. */
  settle(theirs: Report, content: ReportContent): void {
    batch(() => {
      this.conflict.value = undefined;
      this.report.value = theirs;
    });
    this.done.push(this.content.peek());
    this.set(content, 0);
  }

  async sign(): Promise<void> {
    await this.save();
    const report = this.report.peek()!;
    const { data } = await call<Report>(`/api/reports/${report.id}/signature`, {
      method: "POST",
      headers: { "if-match": `"${report.version}"` },
    });
    storeValue(this.keptName, undefined);
    this.open(data);
  }

  async addAddendum(text: string): Promise<void> {
    const { data } = await call<Report>(`/api/reports/${this.report.peek()!.id}/addenda`, {
      method: "POST",
      body: { text },
    });
    this.open(data);
  }

  // Sentences.

  sentence(id: string | undefined): Sentence | undefined {
    return this.content.peek().sentences.find((one) => one.id === id);
  }

  put(id: string, change: (sentence: Sentence) => Sentence, how: "typing" | "verdict" = "verdict"): void {
    this.change(
      (content) => ({
        ...content,
        sentences: content.sentences.map((one) =>
          one.id === id ? { ...change(one), milliseconds: Math.round(performance.now() - this.since) } : one,
        ),
      }),
      how,
    );
  }

  accept(id: string): void {
    this.put(id, ({ reason: _r, significant: _s, ...sentence }) => ({
      ...sentence,
      text: sentence.original ?? sentence.text,
      state: "accepted",
    }));
    this.nextUnreviewed();
  }

  reject(id: string): void {
    this.put(id, (sentence) => ({ ...sentence, text: sentence.original ?? sentence.text, state: "rejected" }));
  }

  type(id: string, text: string): void {
    this.put(
      id,
      (sentence) =>
        sentence.origin === "model" && text === sentence.original
          ? { ...sentence, text, state: "accepted" }
          : { ...sentence, text, state: sentence.origin === "model" ? "edited" : "accepted" },
      "typing",
    );
  }

  add(sentence: Omit<Sentence, "id">): string {
    const id = crypto.randomUUID();
    this.change((content) => {
      const at = content.sentences.findLastIndex(({ section }) => section === sentence.section);
      const before = at < 0 && sentence.section === "findings" ? 0 : at < 0 ? content.sentences.length : at + 1;
      return { ...content, sentences: content.sentences.toSpliced(before, 0, { ...sentence, id }) };
    });
    this.current.value = id;
    return id;
  }

  remove(id: string): void {
    this.change((content) => ({ ...content, sentences: content.sentences.filter((one) => one.id !== id) }));
  }

  step(by: number): void {
    const { sentences } = this.content.peek();
    if (sentences.length === 0) return;
    const at = sentences.findIndex(({ id }) => id === this.current.peek());
    this.current.value = sentences[Math.max(0, Math.min(sentences.length - 1, at + by))].id;
  }

  nextUnreviewed(): void {
    const { sentences } = this.content.peek();
    const at = sentences.findIndex(({ id }) => id === this.current.peek());
    const next = [...sentences.slice(at + 1), ...sentences.slice(0, at + 1)].find(
      ({ state }) => state === "unreviewed",
    );
    if (next !== undefined) this.current.value = next.id;
  }

  setMarks({ boxes, measures }: Marks): void {
    const content = this.content.peek();
    if (content.boxes === boxes && content.measures === measures) return;
    this.change((now) => ({ ...now, boxes, measures }), "typing");
  }

  close(): void {
    for (const stop of this.stops) stop();
    removeEventListener("beforeunload", this.leave);
    if (this.timer !== undefined) void this.save();
  }
}

/** Whether the user has the scope to sign. */
export const maySign = computed(() => session.value?.scopes.includes("sign") ?? false);
