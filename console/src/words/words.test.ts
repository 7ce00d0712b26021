import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'bun:test';

const WORDS = import.meta.dir;
const SOURCES = [...new Bun.Glob('**/*.{ts,tsx}').scanSync(join(WORDS, '..'))]
  .filter((path) => !path.endsWith('.test.ts') && !path.endsWith('.d.ts'))
  .map((path) => readFileSync(join(WORDS, '..', path), 'utf8'));
const SUBJECTS = readdirSync(join(WORDS, 'en')).map((file) => basename(file, '.json'));

/** No space, or one that may end a line, where French wants one that may not. A colon within a word is code. */
const BREAKING = /(?<![\u00a0\u202f])(?:[;?!»]|:(?=\s|$))|«(?![\u00a0\u202f])/u;

type Words = ReadonlyMap<string, string>;

const PLURAL = /_(?:zero|one|two|few|many|other)$/;

function wordsOf(language: string, subject: string): Words {
  const text = readFileSync(join(WORDS, language, `${subject}.json`), 'utf8');
  return new Map(flat(JSON.parse(text) as object, ''));
}

function flat(words: object, path: string): [string, string][] {
  return Object.entries(words).flatMap(([name, value]) =>
    typeof value === 'string' ? [[path + name, value] as [string, string]] : flat(value as object, `${path}${name}.`),
  );
}

function keysOf(words: Words): readonly string[] {
  return [...new Set([...words.keys()].map((key) => key.replace(PLURAL, '')))].sort();
}

/** Where a text may stand in the place of `${…}`. */
function patternOf(literal: string): RegExp {
  const parts = literal.split(/\$\{[^}]*\}/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[\\w-]+')}$`);
}

/** The keys that are asked for, of a subject: in files that use its words, whatever is quoted there. */
function askedFor(subject: string): readonly RegExp[] {
  const isUsed = new RegExp(`useTranslation\\([^)]*'${subject}'`);
  return SOURCES.filter((text) => subject === 'common' || isUsed.test(text))
    .flatMap((text) => [...text.matchAll(/'([\w.:-]+)'|`([\w.:${}\s()-]+)`/g)])
    .map(([, plain, template]) => patternOf((plain ?? template ?? '').replace(/^\w+:/, '')));
}

describe('the words of the console', () => {
  it('are of the same subjects in both languages', () => {
    expect(readdirSync(join(WORDS, 'fr')).sort()).toEqual(readdirSync(join(WORDS, 'en')).sort());
  });

  it.each(SUBJECTS)('of %s are all in both languages', (subject) => {
    expect(keysOf(wordsOf('fr', subject))).toEqual(keysOf(wordsOf('en', subject)));
  });

  it.each(SUBJECTS)('of %s say something, with the same names in it', (subject) => {
    const [en, fr] = [wordsOf('en', subject), wordsOf('fr', subject)];
    for (const [key, text] of [...en, ...fr])
      expect({ key, isEmpty: text.trim() === '' }).toEqual({ key, isEmpty: false });
    for (const [key, text] of en) {
      const other = fr.get(key);
      if (other !== undefined) expect({ key, names: namesIn(other) }).toEqual({ key, names: namesIn(text) });
    }
  });

  it.each(['en', 'fr'])('in %s have every plural that the language knows', (language) => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    for (const subject of SUBJECTS) {
      const words = wordsOf(language, subject);
      const plurals = [...words.keys()].filter((key) => PLURAL.test(key)).map((key) => key.replace(PLURAL, ''));
      const missing = plurals.flatMap((key) =>
        forms.map((form) => `${key}_${form}`).filter((name) => !words.has(name)),
      );
      expect({ subject, missing: [...new Set(missing)] }).toEqual({ subject, missing: [] });
    }
  });

  it.each(SUBJECTS)('of %s are all used', (subject) => {
    const asked = askedFor(subject);
    const unused = keysOf(wordsOf('en', subject)).filter((key) => !asked.some((pattern) => pattern.test(key)));
    expect(unused).toEqual([]);
  });

  it.each(SUBJECTS)('of %s never break before a French sign or within guillemets', (subject) => {
    const breaking = [...wordsOf('fr', subject)].filter(([, text]) => BREAKING.test(text));
    expect(breaking).toEqual([]);
  });

  it('are typed, so that no other can be asked for', () => {
    const types = readFileSync(join(WORDS, 'words.d.ts'), 'utf8');
    expect(SUBJECTS.filter((subject) => !types.includes(`./en/${subject}.json`))).toEqual([]);
  });
});

function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name).sort();
}
