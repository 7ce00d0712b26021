import type { Image } from '../image.ts';
import { globTest, regexTest, valueTest, type TextTest } from '../pattern.ts';
import { versionTest } from '../version-range.ts';
import type { NativeSelect } from './native-schema.ts';

export interface NativeSelector {
  readonly selects: (image: Image) => boolean;
  /** Of an image, the tags that are meant. */
  readonly tagsMeant: (image: Image) => readonly string[];
}

/** Turns a pattern into a test; says where, when it cannot. */
export type Compile = (make: (pattern: string) => TextTest, pattern: string, path: string) => TextTest;

export function listOf(texts: string | readonly string[] | undefined): readonly string[] {
  if (texts === undefined) return [];
  return typeof texts === 'string' ? [texts] : texts;
}

/** @param compile says what is wrong with a pattern, at its path. */
export function nativeSelector(select: NativeSelect, compile: Compile): NativeSelector {
  const tests = tagTests(select, compile);
  const excludes = compileAll(select.excludes, 'excludes', { compile, make: globTest });
  const state = select.tags ?? (tests.length > 0 ? 'tagged' : 'any');
  const isExcluded = (tag: string): boolean => excludes.some((test) => test(tag));
  const matchesTags = (tags: readonly string[]): boolean => {
    if (state !== 'any' && tags.length > 0 !== (state === 'tagged')) return false;
    if (tests.length === 0) return true;
    const isMet = (test: TextTest): boolean => tags.some(test);
    return select.match === 'all' ? tests.every(isMet) : tests.some(isMet);
  };
  const matchesRest = imageTest(select, compile);
  return {
    selects: (image) => matchesTags(image.tags) && !image.tags.some(isExcluded) && matchesRest(image),
    tagsMeant: (image) =>
      matchesRest(image) && matchesTags(image.tags)
        ? image.tags.filter((tag) => !isExcluded(tag) && (tests.length === 0 || tests.some((test) => test(tag))))
        : [],
  };
}

function tagTests(select: NativeSelect, compile: Compile): readonly TextTest[] {
  const { semver } = select;
  return [
    ...listOf(select.prefixes).map((prefix) => (tag: string) => tag.startsWith(prefix)),
    ...compileAll(select.globs, 'globs', { compile, make: globTest }),
    ...compileAll(select.regexes, 'regexes', { compile, make: (text) => regexTest(text, { isAnchored: true }) }),
    ...(semver === undefined ? [] : [versionTest(semver)]),
  ];
}

interface Making {
  readonly compile: Compile;
  readonly make: (pattern: string) => TextTest;
}

function compileAll(
  texts: string | readonly string[] | undefined,
  path: string,
  { compile, make }: Making,
): TextTest[] {
  return listOf(texts).map((text, index) =>
    compile(make, text, typeof texts === 'string' ? path : `${path}[${index}]`),
  );
}

/** What is not about tags. */
function imageTest(select: NativeSelect, compile: Compile): (image: Image) => boolean {
  const values: Making = { compile, make: valueTest };
  const labels = keyTests(select.labels, 'labels', values);
  const annotations = keyTests(select.annotations, 'annotations', values);
  const platforms = compileAll(select.platforms, 'platforms', values);
  const mediaTypes = compileAll(select.mediaTypes, 'mediaTypes', values);
  const artifactTypes = compileAll(select.artifactTypes, 'artifactTypes', values);
  return (image) =>
    labels(image.labels) &&
    annotations(image.annotations) &&
    (platforms.length === 0 || (image.platforms ?? []).some((platform) => isAny(platforms, platform))) &&
    (mediaTypes.length === 0 || isAny(mediaTypes, image.mediaType)) &&
    (artifactTypes.length === 0 || isAny(artifactTypes, image.artifactType));
}

function isAny(tests: readonly TextTest[], text: string | undefined): boolean {
  return text !== undefined && tests.some((test) => test(text));
}

type ValuesByKey = Readonly<Record<string, string>>;

function keyTests(
  patterns: NativeSelect['labels'],
  path: string,
  making: Making,
): (values: ValuesByKey | undefined) => boolean {
  const tests = Object.entries(patterns ?? {}).map(([key, texts]) => ({
    key,
    tests: compileAll(texts, `${path}.${key}`, making),
  }));
  return (values) =>
    tests.every((one) =>
      isAny(one.tests, values !== undefined && Object.hasOwn(values, one.key) ? values[one.key] : undefined),
    );
}
