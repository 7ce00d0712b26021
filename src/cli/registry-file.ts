import { z } from 'zod';
import { CliError } from './cli-error.ts';

/** A registry as a file says it: what {@link FIELDS} names. */
export type WrittenRegistry = z.output<typeof written>;

const text = z.string({
  error: (issue) => (issue.input === undefined ? 'is missing' : 'must be a text: write it in quotes'),
});

const written = z.strictObject({
  name: text.min(1, 'is empty'),
  url: text.min(1, 'is empty'),
  username: text.optional(),
  password: text.optional(),
  passwordFile: text.optional(),
  project: text.optional(),
  kind: text.optional(),
  region: text.optional(),
  form: text.optional(),
  fields: z.record(z.string(), text).optional(),
  testRepository: text.optional(),
  rotateAfterDays: z.int('must be a number of days').optional(),
});

const FIELDS = Object.keys(written.shape);

/** A stretch of lines, and what they say. */
interface Entry {
  readonly value: unknown;
  /** Of the file, from 1. */
  readonly firstLine: number;
  readonly lines: readonly string[];
}

/**
 * Reads registries as Vectis writes them: one, several with `---` between them, or a list.
 *
 * @param name of the file, for whoever has to correct it.
 * @throws {CliError} with a line for each mistake. No value is in it: there are passwords among them.
 */
export function parseRegistryFile(content: string, name: string): readonly WrittenRegistry[] {
  const entries = documentsOf(content).flatMap((document) => entriesOf(document, name));
  if (entries.length === 0) throw new CliError(`${name} is empty: it says a name and a url for each registry.`);
  const mistakes: string[] = [];
  const registries: WrittenRegistry[] = [];
  for (const entry of entries) {
    const parsed = written.safeParse(entry.value);
    if (parsed.success) registries.push(parsed.data);
    else mistakes.push(...parsed.error.issues.map((issue) => mistakeOf(issue, entry, name)));
  }
  if (mistakes.length === 0) mistakes.push(...twiceNamed(registries, entries, name));
  if (mistakes.length > 0) throw new CliError(mistakes.join('\n'));
  return registries;
}

type Document = Pick<Entry, 'firstLine' | 'lines'>;

function documentsOf(content: string): readonly Document[] {
  const documents: { firstLine: number; lines: string[] }[] = [{ firstLine: 1, lines: [] }];
  for (const [index, line] of content.split(/\r?\n/).entries()) {
    if (/^---(?:\s|$)/.test(line)) documents.push({ firstLine: index + 2, lines: [] });
    else documents.at(-1)?.lines.push(line);
  }
  return documents;
}

function entriesOf(document: Document, name: string): readonly Entry[] {
  const value = parsed(document, name);
  if (value === null) return [];
  if (!Array.isArray(value)) return [{ ...document, value }];
  const starts = document.lines.flatMap((line, index) => (/^-(?:\s|$)/.test(line) ? [index] : []));
  const isPlain = starts.length === value.length;
  return value.map((item: unknown, index) => {
    const from = isPlain ? (starts[index] ?? 0) : 0;
    const to = isPlain ? starts[index + 1] : undefined;
    return { value: item, firstLine: document.firstLine + from, lines: document.lines.slice(from, to) };
  });
}

function parsed({ firstLine, lines }: Document, name: string): unknown {
  try {
    return Bun.YAML.parse(lines.join('\n'));
  } catch {
    const line = firstLine + lastGoodLine(lines);
    throw new CliError(`${name}, line ${line}: it is no YAML from here on. Is a value with ":" or "#" in quotes?`);
  }
}

/** How many lines from the first can be read: what is wrong is behind them. */
function lastGoodLine(lines: readonly string[]): number {
  for (let count = lines.length - 1; count > 0; count--) {
    try {
      Bun.YAML.parse(lines.slice(0, count).join('\n'));
      return count;
    } catch {
      // The mistake is before.
    }
  }
  return 0;
}

function mistakeOf({ code, path, message, ...issue }: z.core.$ZodIssue, entry: Entry, name: string): string {
  if (code === 'unrecognized_keys' && 'keys' in issue) {
    const [field = ''] = issue.keys as readonly string[]; // what that issue has
    return `${placeOf(field, entry, name)}: there is no field "${field}"; the fields are ${FIELDS.join(', ')}`;
  }
  if (path.length === 0) return `${placeOf('', entry, name)}: a registry is a name, a url, a username and a password`;
  return `${placeOf(String(path[0]), entry, name)}: ${path.join('.')} ${message}`;
}

/** `registries.yaml, line 7`. */
function placeOf(field: string, { firstLine, lines }: Entry, name: string): string {
  const index = field === '' ? -1 : lines.findIndex((line) => line.replace(/^[-\s]*["']?/, '').startsWith(field));
  const begins = lines.findIndex((line) => /\S/.test(line) && !/^\s*#/.test(line));
  return `${name}, line ${firstLine + Math.max(0, index === -1 ? begins : index)}`;
}

function twiceNamed(
  registries: readonly WrittenRegistry[],
  entries: readonly Entry[],
  name: string,
): readonly string[] {
  const seen = new Set<string>();
  return registries.flatMap((registry, index) => {
    const key = `${registry.project ?? ''} ${registry.name}`;
    const entry = entries[index];
    const isTwice = seen.has(key);
    seen.add(key);
    return isTwice && entry ? [`${placeOf('name', entry, name)}: there is a registry of this name above`] : [];
  });
}
