/** What the panels of one study share: the reader, the report, and what was asked. */
import { effect, signal } from "@preact/signals";
import { get } from "../api/client.ts";
import type { Answer, StudyRow } from "../api/types.ts";
import { Asking } from "../ask/asking.ts";
import { Draft } from "../report/draft.ts";
import { Reader } from "../viewer/reader.ts";
import { serverSource } from "../viewer/source.ts";

export class StudyState {
  readonly reader: Reader;
  readonly draft: Draft;
  readonly asking: Asking;
  /** The draft of a report: no part of the conversation. */
  readonly drafting: Asking;
  readonly row = signal<(StudyRow & { readonly priors: readonly StudyRow[] }) | undefined>(undefined);
  readonly answers = signal<readonly Answer[]>([]);
  private readonly stops: (() => void)[] = [];

  constructor(readonly study: string) {
    this.reader = new Reader(serverSource(study));
    this.draft = new Draft(study);
    const keep = (answer: Answer) => {
      this.answers.value = [answer, ...this.answers.peek().filter(({ id }) => id !== answer.id)];
    };
    this.asking = new Asking(study, keep);
    this.drafting = new Asking(study, keep);
    get<StudyRow & { readonly priors: readonly StudyRow[] }>(`/api/studies/${study}`).then(
      (row) => {
        this.row.value = row;
      },
      () => {},
    );
    this.loadAnswers();
    // Marks are part of the report: drawn in the viewer, kept by the draft.
    this.stops.push(
      effect(() => {
        const { boxes, measures } = this.draft.content.value;
        const now = this.reader.marks.peek();
        if (now.boxes !== boxes || now.measures !== measures) this.reader.marks.value = { boxes, measures };
      }),
      effect(() => {
        const marks = this.reader.marks.value;
        // A value of a laboratory report that is being looked at is no mark.
        if (!marks.boxes.some(({ id }) => id.startsWith("lab:"))) this.draft.setMarks(marks);
      }),
      // Box and sentence show each other.
      effect(() => {
        const selected = this.reader.selected.value;
        const box = this.reader.marks.peek().boxes.find(({ id }) => id === selected);
        if (box?.sentence !== undefined) this.draft.current.value = box.sentence;
      }),
    );
  }

  private loadAnswers(): void {
    get<{ answers: readonly Answer[] }>(`/api/studies/${this.study}/answers`).then(
      ({ answers }) => {
        this.answers.value = answers;
      },
      () => setTimeout(() => this.loadAnswers(), 2500),
    );
  }

  close(): void {
    for (const stop of this.stops) stop();
    this.asking.stop();
    this.drafting.stop();
    this.draft.close();
    this.reader.close();
  }
}
