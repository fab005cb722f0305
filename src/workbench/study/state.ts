/** State shared by the panels of one study: the reader, the report, and the conversation. */
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
  /** The request for a draft report, which is not part of the conversation. */
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
        this.reader.priors.current.value = row;
        this.reader.priors.listed.value = row.priors;
      },
      () => {},
    );
    this.loadAnswers();
    // Marks belong to the report: drawn in the viewer, stored in the draft.
    this.stops.push(
      effect(() => {
        const { boxes, measures } = this.draft.content.value;
        const now = this.reader.marks.peek();
        if (now.boxes !== boxes || now.measures !== measures) this.reader.marks.value = { boxes, measures };
      }),
      effect(() => {
        const marks = this.reader.marks.value;
        // The highlighted value of a laboratory report is not a mark.
        if (!marks.boxes.some(({ id }) => id.startsWith("lab:"))) this.draft.setMarks(marks);
      }),
      // Selecting a box selects its sentence, and vice versa.
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
