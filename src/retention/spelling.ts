/** ` (did you mean "days"?)`, or nothing when no candidate is near. */
export function didYouMean(written: string, candidates: Iterable<string>): string {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(written.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = distanceBetween(written.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best === undefined ? '' : ` (did you mean "${best}"?)`;
}

/** Letters to insert, delete or replace. Long words are never near anything. */
function distanceBetween(from: string, to: string): number {
  if (to.startsWith(from) || from.startsWith(to)) return 1;
  if (Math.max(from.length, to.length) > 64) return Number.POSITIVE_INFINITY;
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (last[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, replaced));
    }
    last = current;
  }
  return last[to.length] ?? 0;
}
