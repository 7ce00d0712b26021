/** An assignment in a `.env`. */
export interface DotenvVariable {
  readonly name: string;
  readonly value: string;
  /** Where it begins, from 1. */
  readonly line: number;
  /** Variables that the value names and nobody sets: nothing stands in their place. */
  readonly unset: readonly string[];
}

export interface Dotenv {
  readonly variables: readonly DotenvVariable[];
  /** Lines that are no assignment. */
  readonly oddLines: readonly { readonly line: number; readonly text: string }[];
}

type Groups = Readonly<Record<string, string | undefined>>;

/** One assignment, which quotes may carry over several lines. */
const ASSIGNMENT =
  /[ \t]*(?:export[ \t]+)?(?<name>[A-Za-z_][\w.-]*)[ \t]*=(?:[ \t]*'(?<single>(?:[^'\\]|\\[^])*)'[ \t]*(?:#.*)?|[ \t]*"(?<double>(?:[^"\\]|\\[^])*)"[ \t]*(?:#.*)?|(?<plain>(?![ \t]*['"]).*))$/my;

/** Nothing, a comment, or a bare NAME that is taken from the environment, where it is found anyway. */
const NOTHING = /^[ \t]*(?:#.*|(?:export[ \t]+)?[A-Za-z_][\w.-]*[ \t]*)?$/;

/** `$$`, `\$`, `$NAME`, `${NAME}`, `${NAME:-when empty or unset}` and `${NAME-when unset}`; or any other escape. */
const EXPANSION =
  /\$\$|\\[^]|\$\{(?<braced>[A-Za-z_]\w*)(?:(?<operator>:?-)(?<fallback>[^{}]*))?\}|\$(?<bare>[A-Za-z_]\w*)/g;

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\n', '\n'],
  ['\\r', '\r'],
  ['\\t', '\t'],
  ['\\"', '"'],
  ['\\\\', '\\'],
]);

/**
 * Reads a `.env` by docker compose's rules, since that is what wrote most of them: single quotes keep text as it is,
 * double quotes know `\n` and its kind, and variables are replaced in double-quoted and in bare text.
 *
 * @param environment where variables are looked up first; then in the lines above.
 */
export function parseDotenv(source: string, environment: Readonly<Record<string, string | undefined>>): Dotenv {
  const text = source.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const variables: DotenvVariable[] = [];
  const oddLines: { line: number; text: string }[] = [];
  const earlier = new Map<string, string>();
  const lookup: Lookup = (name) =>
    (Object.hasOwn(environment, name) ? environment[name] : undefined) ?? earlier.get(name);

  let line = 1;
  for (let position = 0; position < text.length;) {
    ASSIGNMENT.lastIndex = position;
    const groups = ASSIGNMENT.exec(text)?.groups;
    const end = groups === undefined ? endOfLine(text, position) : ASSIGNMENT.lastIndex;
    const written = text.slice(position, end);
    if (groups !== undefined) {
      const variable = { name: groups['name'] ?? '', line, ...valueOf(groups, lookup) };
      variables.push(variable);
      earlier.set(variable.name, variable.value);
    } else if (!NOTHING.test(written)) {
      oddLines.push({ line, text: written });
    }
    line += written.split('\n').length;
    position = end + 1;
  }
  return { variables, oddLines };
}

function endOfLine(text: string, position: number): number {
  const end = text.indexOf('\n', position);
  return end === -1 ? text.length : end;
}

type Lookup = (name: string) => string | undefined;
type Expanded = Pick<DotenvVariable, 'value' | 'unset'>;

function valueOf({ single, double, plain = '' }: Groups, lookup: Lookup): Expanded {
  if (single !== undefined) return { value: single.replaceAll("\\'", "'"), unset: [] };
  if (double !== undefined) return expand(double, lookup, (escape) => ESCAPES.get(escape) ?? escape);
  return expand(plain.replace(/[ \t]#.*$/, '').trim(), lookup, (escape) => escape);
}

function expand(text: string, lookup: Lookup, unescape: (escape: string) => string): Expanded {
  const unset: string[] = [];
  const value = text.replace(EXPANSION, (found: string, ...rest: readonly unknown[]) => {
    if (found === '$$' || found === '\\$') return '$';
    const { braced, operator, fallback, bare } = rest.at(-1) as Groups;
    const name = braced ?? bare;
    if (name === undefined) return unescape(found);
    const known = lookup(name);
    if (fallback !== undefined && (known === undefined || (known === '' && operator === ':-'))) {
      return expand(fallback, lookup, unescape).value;
    }
    if (known === undefined) unset.push(name);
    return known ?? '';
  });
  return { value, unset };
}
