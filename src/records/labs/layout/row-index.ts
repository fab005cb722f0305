/**
 * The words of one line, found by their place: which lie above or below a word, and which are nearest to it. A search through all words for each new
 * one would make a line of 20,000 words (a report on endless paper, or a file made to hang its reader) take minutes.
 */
import type { PageBox } from "../../fact.ts";
import type { Word } from "../words.ts";

/** Lines of a usual length are searched through. */
const searchedThrough = 48;
/** A word over more cells than this is looked at in every search. */
const mostCells = 16;

const horizontalGap = (a: PageBox, b: PageBox) => Math.max(0, a.x0 - b.x1, b.x0 - a.x1);

export class RowIndex {
  readonly words: Word[] = [];
  private cells = new Map<number, number[]>();
  private wide: number[] = [];
  /** Width of a cell: a share of the line, so that cells hold a few words each. */
  private cell = 0;
  private indexed = 0;
  private origin = 0;
  private left = Infinity;
  private right = -Infinity;

  add(word: Word): void {
    this.words.push(word);
    this.left = Math.min(this.left, word.x0);
    this.right = Math.max(this.right, word.x1);
    if (this.words.length <= searchedThrough) return;
    if (this.words.length > 2 * this.indexed) this.build();
    else this.enter(this.words.length - 1);
  }

  /** Words that share some of `box`'s columns, in the order in which they came. */
  over(box: PageBox): Word[] {
    return this.wordsOf(this.between(box, 0)).filter((one) => horizontalGap(one, box) === 0);
  }

  /** The `count` words with the smallest horizontal gap; of equal ones, those that came first. */
  nearest(box: PageBox, count: number): Word[] {
    let reach = 0;
    let found = this.between(box, reach);
    const isWhole = () =>
      found.length === this.words.length || (box.x0 - reach < this.left && box.x1 + reach > this.right);
    while (!isWhole() && found.filter((i) => horizontalGap(this.words[i], box) <= reach).length < count) {
      reach = 2 * reach || this.cell;
      found = this.between(box, reach);
    }
    const best: { at: number; gap: number }[] = [];
    for (const at of found.sort((a, b) => a - b)) {
      const gap = horizontalGap(this.words[at], box);
      let place = best.length;
      while (place > 0 && best[place - 1].gap > gap) place--;
      if (place === count) continue;
      best.splice(place, 0, { at, gap });
      best.length = Math.min(best.length, count);
    }
    return best.map(({ at }) => this.words[at]);
  }

  private wordsOf(places: number[]): Word[] {
    return places.sort((a, b) => a - b).map((i) => this.words[i]);
  }

  /** At least all words within `reach` of a box, without order. */
  private between({ x0, x1 }: PageBox, reach: number): number[] {
    const [from, to] = [this.cellOf(Math.max(this.left, x0 - reach)), this.cellOf(Math.min(this.right, x1 + reach))];
    if (this.words.length <= searchedThrough || !(to - from < this.cells.size)) return this.words.map((_, i) => i);
    const found = new Set(this.wide);
    for (let cell = from; cell <= to; cell++) for (const i of this.cells.get(cell) ?? []) found.add(i);
    return [...found];
  }

  private cellOf(x: number): number {
    return Math.floor((x - this.origin) / this.cell);
  }

  private build(): void {
    this.indexed = this.words.length;
    this.origin = this.left;
    this.cell = (this.right - this.left) / this.words.length || 1;
    this.cells = new Map();
    this.wide = [];
    for (let i = 0; i < this.words.length; i++) this.enter(i);
  }

  private enter(i: number): void {
    const [from, to] = [this.cellOf(this.words[i].x0), this.cellOf(this.words[i].x1)];
    if (!(to >= from && to - from < mostCells)) {
      this.wide.push(i);
      return;
    }
    for (let cell = from; cell <= to; cell++) {
      const list = this.cells.get(cell);
      if (list === undefined) this.cells.set(cell, [i]);
      else list.push(i);
    }
  }
}
