/** Things found by a point of theirs, in time that does not grow with their number. */
export class Grid<T> {
  private readonly cells = new Map<string, T[]>();

  /** @param cell side of a cell, in the units of the points; searches that reach far beyond it are slow. */
  constructor(private readonly cell: number) {}

  add(x: number, y: number, item: T): void {
    const key = this.keyOf(this.at(x), this.at(y));
    const list = this.cells.get(key);
    if (list === undefined) this.cells.set(key, [item]);
    else list.push(item);
  }

  remove(x: number, y: number, item: T): void {
    const list = this.cells.get(this.keyOf(this.at(x), this.at(y)));
    const place = list?.indexOf(item) ?? -1;
    if (place >= 0) list!.splice(place, 1);
  }

  /** At least all items within `reachX` and `reachY` of a point, without order. */
  *near(x: number, y: number, reachX: number, reachY: number): Generator<T> {
    const [left, right, top, bottom] = [x - reachX, x + reachX, y - reachY, y + reachY].map((value) => this.at(value));
    if (!((right - left + 1) * (bottom - top + 1) <= this.cells.size)) {
      for (const list of this.cells.values()) yield* list;
      return;
    }
    for (let column = left; column <= right; column++)
      for (let row = top; row <= bottom; row++) yield* this.cells.get(this.keyOf(column, row)) ?? [];
  }

  private at(value: number): number {
    return Math.floor(value / this.cell);
  }

  private keyOf(column: number, row: number): string {
    return `${column},${row}`;
  }
}
