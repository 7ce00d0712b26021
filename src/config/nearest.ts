/** The candidate most like what was written: "did you mean". Empty only when there is no candidate. */
export function nearest(written: string, candidates: Iterable<string>): string {
  let best = '';
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = distanceOf(written, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function distanceOf(written: string, candidate: string): number {
  const [from, to] = [written.toLowerCase(), candidate.toLowerCase()];
  if (to.startsWith(from)) return 1;
  return Math.min(editDistance(from, to), wordDistance(wordsOf(written), wordsOf(candidate)));
}

/** Letters to insert, delete, replace or swap with their neighbour (optimal string alignment). */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = at(last, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1);
      let distance = Math.min(at(last, column) + 1, at(current, column - 1) + 1, replaced);
      const areSwapped = row > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (areSwapped) distance = Math.min(distance, at(beforeLast, column - 2) + 1);
      current.push(distance);
    }
    [beforeLast, last] = [last, current];
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}

/** Whole words left out or too many: `HAVRE_URL` is nearer to `HAVRE_PUBLIC_URL` than its letters say. */
function wordDistance(written: ReadonlySet<string>, candidate: ReadonlySet<string>): number {
  const isPart = written.isSubsetOf(candidate) || candidate.isSubsetOf(written);
  return isPart ? written.symmetricDifference(candidate).size : Number.POSITIVE_INFINITY;
}

/** Of `HAVRE_HTTP_ADDRESS`, `http.redirectAddress`. */
function wordsOf(name: string): ReadonlySet<string> {
  const spaced = name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ');
  return new Set(spaced.toLowerCase().split(/[ ._-]+/));
}
