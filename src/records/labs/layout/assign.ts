/** Assigns each word of a line to a column: the minimum-cost assignment from left to right, by position and type. */

import type { Column, Role } from "./header.ts";
import { heightOf, type Item, type ItemType, type Line, median } from "./items.ts";

export interface Assigned {
  readonly item: Item;
  readonly column: Column;
}

/** Cost of an item of a type in a column of a role; 6 if not listed. In units of one character height of distance. */
const typeCosts: Readonly<Record<ItemType, Partial<Record<Role, number>>>> = {
  number: { value: 0, previous: 0, range: 2, code: 0.5, name: 2.5, date: 3, method: 3, other: 1.5, flag: 5 },
  range: { range: 0, value: 2, previous: 2, name: 4, other: 1.5 },
  unit: { unit: 0, range: 1, value: 1.5, name: 1.5, previous: 2, other: 1.5, flag: 5 },
  flag: { flag: 0, value: 0.7, previous: 1.2, name: 1.5, range: 3, unit: 3.5, other: 1 },
  date: { date: 0, other: 1, name: 3, value: 3, previous: 3 },
  result: { value: 0, previous: 0.3, range: 0.5, name: 1.5, flag: 2, other: 1, method: 2 },
  text: {
    name: 0,
    method: 0,
    specimen: 0,
    other: 0.5,
    date: 2,
    value: 1.5,
    range: 1.5,
    code: 1.5,
    unit: 3,
    previous: 3,
    flag: 4,
  },
};

/** @returns each item with its column, and the total cost, which is high for lines that are not rows of the table. */
export function assign(items: readonly Item[], columns: readonly Column[]): { cells: Assigned[]; cost: number } {
  if (items.length === 0) return { cells: [], cost: 0 };
  const best: { cost: number; from: number }[][] = [];
  for (const [i, item] of items.entries()) {
    best.push(
      columns.map((column, c) => {
        const own = placeCost(item, column) + (typeCosts[item.type][column.role] ?? 6);
        if (i === 0) return { cost: own, from: -1 };
        const previous = items[i - 1];
        const gap = (item.x0 - previous.x1) / heightOf(item);
        let cheapest = { cost: Number.POSITIVE_INFINITY, from: -1 };
        for (let from = 0; from <= c; from++) {
          const step = from === c ? (gap > 2.5 ? 1 : 0) : gap < 0.45 ? (previous.type === item.type ? 1.2 : 0.3) : 0;
          const cost = best[i - 1][from].cost + own + step;
          if (cost < cheapest.cost) cheapest = { cost, from };
        }
        return cheapest;
      }),
    );
  }
  let c = best.at(-1)!.reduce((low, one, i, all) => (one.cost < all[low].cost ? i : low), 0);
  const cost = best.at(-1)![c].cost;
  const cells: Assigned[] = [];
  for (let i = items.length - 1; i >= 0; i--) {
    cells.unshift({ item: items[i], column: columns[c] });
    c = best[i][c].from;
  }
  return { cells, cost };
}

/** Distance from the column in character heights, plus a little for misalignment. */
function placeCost(item: Item, column: Column): number {
  const height = heightOf(item);
  const apart = Math.max(0, column.x0 - item.x1, item.x0 - column.x1) / height;
  const askew =
    Math.min(
      Math.abs(item.x0 - column.x0),
      Math.abs(item.x1 - column.x1),
      Math.abs(item.x0 + item.x1 - column.x0 - column.x1) / 2,
    ) / height;
  return Math.min(apart, 12) + 0.15 * Math.min(askew, 4);
}

/** Moves the columns to the positions of their cells: titles are often centred over left-aligned cells. */
export function fitColumns(columns: readonly Column[], lines: readonly Line[]): void {
  for (let round = 0; round < 2; round++) {
    const held = new Map<Column, Item[][]>();
    for (const line of lines) {
      const { cells, cost } = assign(line.items, columns);
      // Only lines that look like rows: comments and titles would widen the columns.
      if (!cells.some(({ column }) => column.role === "value") || cells.length < 2 || cost > 3 * cells.length) continue;
      const byColumn = new Map<Column, Item[]>();
      for (const { item, column } of cells) byColumn.set(column, [...(byColumn.get(column) ?? []), item]);
      for (const [column, items] of byColumn) held.set(column, [...(held.get(column) ?? []), items]);
    }
    for (const [column, cells] of held) {
      if (cells.length < 2) continue;
      const lefts = cells.map((items) => items[0].x0).sort((a, b) => a - b);
      const rights = cells.map((items) => items.at(-1)!.x1).sort((a, b) => a - b);
      const cut = Math.floor(cells.length / 10);
      column.x0 = lefts[cut];
      column.x1 = Math.max(rights[rights.length - 1 - cut], column.x0 + 1);
    }
    for (const [i, column] of columns.entries()) {
      const right = columns[i + 1];
      if (right !== undefined && column.x1 > right.x0) {
        const middle = median([column.x1, right.x0]);
        column.x1 = Math.max(column.x0 + 1, Math.min(middle, right.x0));
      }
    }
  }
}
