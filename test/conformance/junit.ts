import type { Outcome } from './report.ts';

/**
 * Reads the test cases of a JUnit report, as the two official suites write them: each ends in `</testcase>` or is
 * empty, and holds a `skipped`, a `failure` or an `error` when it did not pass.
 */
export function readJunit(xml: string): Outcome[] {
  return [...xml.matchAll(/<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)].map(
    ([, attributes = '', inside = '']) => outcomeOf(attribute(attributes, 'name') ?? 'a test without a name', inside),
  );
}

function outcomeOf(name: string, inside: string): Outcome {
  const failure = /<(?:failure|error)\b([^>]*?)(?:\/>|>([\s\S]*?)<\/(?:failure|error)>)/.exec(inside);
  if (failure !== null) return { name, result: 'failed', reason: reasonOf(failure) };
  const skip = /<(?:skipped|disabled)\b([^>]*?)(?:\/>|>([\s\S]*?)<\/(?:skipped|disabled)>)/.exec(inside);
  if (skip !== null) return { name, result: 'skipped', reason: reasonOf(skip) };
  return { name, result: 'passed' };
}

function reasonOf([, attributes = '', text = '']: RegExpExecArray): string {
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
