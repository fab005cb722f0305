/**
 * Shapes whose dimensions are numbers or symbols (`batch`, `4*seq`, `(past+seq)`), known when a graph is built; the runtime binds
 * the symbols. Products are kept in one normal form, so that equal dimensions compare equal however they were written.
 */
export type Dim = number | string;
/** Dimensions of a tensor, outermost first; each is a number or symbolic. */
export type Shape = readonly Dim[];

/** A shape as text for messages: `[batch, 4, 64]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** The factors of a dimension: `4*batch*seq` -> 4 and [batch, seq]. A sum in parentheses is one factor. */
function factors(dim: Dim): { number: number; symbols: string[] } {
  if (typeof dim === "number") return { number: dim, symbols: [] };
  let number = 1;
  const symbols: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= dim.length; i++) {
    if (dim[i] === "(") depth++;
    if (dim[i] === ")") depth--;
    if (i === dim.length || (dim[i] === "*" && depth === 0)) {
      const factor = dim.slice(start, i);
      if (/^\d+$/.test(factor)) number *= Number(factor);
      else symbols.push(factor);
      start = i + 1;
    }
  }
  return { number, symbols };
}

function fromFactors(number: number, symbols: string[]): Dim {
  if (symbols.length === 0 || number === 0) return number;
  return [...(number === 1 ? [] : [String(number)]), ...symbols.sort()].join("*");
}

/** The product of dimensions, symbolic if any of them is. */
export function multiplyDims(dims: readonly Dim[]): Dim {
  let number = 1;
  const symbols: string[] = [];
  for (const dim of dims) {
    const f = factors(dim);
    number *= f.number;
    symbols.push(...f.symbols);
  }
  return fromFactors(number, symbols);
}

/** `whole / part`, or undefined when the division is not exact for every value of the symbols. */
export function divideDims(whole: Dim, part: Dim): Dim | undefined {
  const w = factors(whole);
  const p = factors(part);
  for (const symbol of p.symbols) {
    const at = w.symbols.indexOf(symbol);
    if (at < 0) return undefined;
    w.symbols.splice(at, 1);
  }
  return p.number !== 0 && w.number % p.number === 0 ? fromFactors(w.number / p.number, w.symbols) : undefined;
}

export function addDims(dims: readonly Dim[]): Dim {
  let number = 0;
  const symbols: string[] = [];
  for (const dim of dims) {
    if (typeof dim === "number") number += dim;
    else symbols.push(dim);
  }
  if (symbols.length === 0) return number;
  if (symbols.length === 1 && number === 0) return symbols[0];
  return `(${[...symbols, ...(number === 0 ? [] : [String(number)])].join("+")})`;
}

/** NumPy broadcasting; undefined when the shapes do not broadcast (two different symbols do not). */
export function broadcastShapes(a: Shape, b: Shape): Dim[] | undefined {
  const rank = Math.max(a.length, b.length);
  const out: Dim[] = new Array(rank);
  for (let i = 1; i <= rank; i++) {
    const x = i <= a.length ? a[a.length - i] : 1;
    const y = i <= b.length ? b[b.length - i] : 1;
    if (x === y || y === 1) out[rank - i] = x;
    else if (x === 1) out[rank - i] = y;
    else return undefined;
  }
  return out;
}

/** A possibly negative axis as a non-negative one. */
export function resolveAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
