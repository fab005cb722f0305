/**
 * A maximum matching of a graph (Edmonds 1965, with blossoms): pairs of neighbouring atoms that share a double bond, so
 * that as many atoms as possible have one. Ring systems with odd rings need the blossoms; a greedy choice could leave
 * atoms unmatched.
 *
 * @param adjacency neighbours of each vertex.
 * @returns the partner of each vertex, -1 for none.
 */
export function largestMatching(adjacency: readonly (readonly number[])[]): Int32Array {
  const count = adjacency.length;
  const mate = new Int32Array(count).fill(-1);
  // Vertices with few choices first, which suffices for most ring systems.
  const free = adjacency.map((list) => list.length);
  const order = Array.from({ length: count }, (_, i) => i).sort((x, y) => free[x] - free[y]);
  for (const v of order) {
    if (mate[v] >= 0) continue;
    let best = -1;
    for (const w of adjacency[v]) if (mate[w] < 0 && (best < 0 || free[w] < free[best])) best = w;
    if (best < 0) continue;
    mate[v] = best;
    mate[best] = v;
    for (const w of [...adjacency[v], ...adjacency[best]]) free[w]--;
  }
  for (let root = 0; root < count; root++) if (mate[root] < 0) augment(root, adjacency, mate);
  return mate;
}

function augment(root: number, adjacency: readonly (readonly number[])[], mate: Int32Array): void {
  const count = adjacency.length;
  const parent = new Int32Array(count).fill(-1);
  const base = Int32Array.from({ length: count }, (_, i) => i);
  const outer = new Uint8Array(count);
  const queue = [root];
  outer[root] = 1;

  const commonBase = (v: number, w: number): number => {
    const onPath = new Uint8Array(count);
    for (let at = v; ; at = parent[mate[at]]) {
      at = base[at];
      onPath[at] = 1;
      if (mate[at] < 0) break;
    }
    for (let at = w; ; at = parent[mate[at]]) {
      at = base[at];
      if (onPath[at]) return at;
    }
  };
  const markPath = (from: number, until: number, child: number, blossom: Uint8Array) => {
    for (let v = from, c = child; base[v] !== until; c = mate[v], v = parent[mate[v]]) {
      blossom[base[v]] = blossom[base[mate[v]]] = 1;
      parent[v] = c;
    }
  };

  for (let at = 0; at < queue.length; at++) {
    const v = queue[at];
    for (const w of adjacency[v]) {
      if (base[v] === base[w] || mate[v] === w) continue;
      if (w === root || (mate[w] >= 0 && parent[mate[w]] >= 0)) {
        const top = commonBase(v, w);
        const blossom = new Uint8Array(count);
        markPath(v, top, w, blossom);
        markPath(w, top, v, blossom);
        for (let i = 0; i < count; i++)
          if (blossom[base[i]]) {
            base[i] = top;
            if (!outer[i]) {
              outer[i] = 1;
              queue.push(i);
            }
          }
      } else if (parent[w] < 0) {
        parent[w] = v;
        if (mate[w] < 0) {
          for (let end = w; end >= 0; ) {
            const before = parent[end];
            const next = mate[before];
            mate[end] = before;
            mate[before] = end;
            end = next;
          }
          return;
        }
        outer[mate[w]] = 1;
        queue.push(mate[w]);
      }
    }
  }
}
