/**
 * The lines, from 1, on which each key of a YAML document stands: `http.address` → [4]. Bun's parser does not tell.
 * Good for keys on lines of their own, as everybody writes them; a key inside `{…}` is not found, and is then named
 * without a line. Two lines are a key written twice, of which YAML would silently keep the last.
 */
export function keyLines(text: string): ReadonlyMap<string, readonly number[]> {
  const lines = new Map<string, number[]>();
  const open: { readonly indent: number; readonly path: string }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const { indent, key } =
      /^(?<indent> *)(?<quote>["']?)(?<key>[\w-]+)\k<quote>[ \t]*:(?:\s|$)/.exec(line)?.groups ?? {};
    if (indent === undefined || key === undefined) continue;
    while ((open.at(-1)?.indent ?? -1) >= indent.length) open.pop();
    const parent = open.at(-1)?.path;
    const path = parent === undefined ? key : `${parent}.${key}`;
    open.push({ indent: indent.length, path });
    lines.set(path, [...(lines.get(path) ?? []), index + 1]);
  }
  return lines;
}

/** Longer than any configuration: a wrong file, which is not worth the search. */
const SEARCHED_LINES = 1000;

/**
 * The line, from 1, on which a text stops being YAML, whatever follows; `undefined` for a very long one. Bun's parser
 * does not tell (the line of its error is one of the program), so less and less of the text is tried.
 */
export function brokenLine(text: string): number | undefined {
  const lines = text.split('\n');
  if (lines.length > SEARCHED_LINES) return undefined;
  for (let count = lines.length - 1; count > 0; count -= 1) {
    if (isYaml(lines.slice(0, count).join('\n'))) return count + 1;
  }
  return 1;
}

function isYaml(text: string): boolean {
  try {
    Bun.YAML.parse(text);
    return true;
  } catch {
    return false;
  }
}
