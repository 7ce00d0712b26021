import type { Outcome } from './report.ts';

/**
 * Reads the test cases of a JUnit report, as the two official suites write them. The released one puts a `skipped`, a
 * `failure` or an `error` into a test case that did not pass. The development one has only the attribute `status`
 * (`passed`, `skipped`, `failure` or `error`), and the reason in `system-out`.
 */
export function readJunit(xml: string): Outcome[] {
  return [...xml.matchAll(/<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)].map(
    ([, attributes = '', inside = '']) => outcomeOf(attributes, inside),
  );
}

function outcomeOf(attributes: string, inside: string): Outcome {
  const name = attribute(attributes, 'name') ?? 'a test without a name';
  const failure = element(inside, 'failure|error');
  if (failure !== undefined) return { name, result: 'failed', reason: failure };
  const skip = element(inside, 'skipped|disabled');
  if (skip !== undefined) return { name, result: 'skipped', reason: skip };
  const status = attribute(attributes, 'status') ?? 'passed';
  if (status === 'passed') return { name, result: 'passed' };
  const result = status === 'skipped' ? 'skipped' : 'failed';
  return { name, result, reason: element(inside, 'system-out') ?? `status ${status}` };
}

/** The message and the text of the first element with one of these names. */
function element(inside: string, names: string): string | undefined {
  const found = new RegExp(`<(${names})\\b([^>]*?)(?:/>|>([\\s\\S]*?)</\\1>)`).exec(inside);
  return found === null ? undefined : reasonOf(found);
}

function reasonOf([, , attributes = '', text = '']: RegExpExecArray): string {
  return unescaped([attribute(attributes, 'message'), text].filter(Boolean).join('\n')).trim();
}

function attribute(attributes: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1];
  return value === undefined ? undefined : unescaped(value);
}

function unescaped(text: string): string {
  const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return text
    .replaceAll(/<!\[CDATA\[([\s\S]*?)\]\]>/g, '$1')
    .replaceAll(/&#(x?)([0-9a-f]+);/gi, (_, hex: string, code: string) =>
      String.fromCodePoint(Number.parseInt(code, hex === '' ? 10 : 16)),
    )
    .replaceAll(/&(lt|gt|quot|apos|amp);/g, (_, entity: string) => named[entity] ?? '');
}
