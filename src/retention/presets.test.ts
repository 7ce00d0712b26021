import { describe, expect, it } from 'bun:test';
import { decide } from './decide.ts';
import { POLICY_KINDS } from './document.ts';
import { DAY } from './measures.ts';
import { POLICY_PRESETS } from './presets.ts';
import { readPolicy } from './read-policy.ts';

const IMAGES = Array.from({ length: 45 }, (_, index) => {
  const tags = [[`v1.${index}.0`], [`sha-00000${index}`.slice(0, 11)], []][index % 3] ?? [];
  return { digest: `d${index}`, tags, pushedAt: -(index + 1) * 12 * DAY, size: 5 * 2 ** 30 };
});

describe('ready-made policies', () => {
  for (const { name, kind, document, sentence } of POLICY_PRESETS) {
    it(`${name} is read, without a warning, and has something to do`, () => {
      const read = readPolicy(kind, document);
      expect(read.warnings).toEqual([]);
      const decisions = decide(IMAGES, read.policyFor('team/app'), 0);
      expect(decisions.some(({ decision }) => decision !== 'keep')).toBe(true);
      expect(decisions.some(({ decision }) => decision === 'keep')).toBe(true);
      expect(sentence).toMatch(/^[A-Z].*\.$/);
    });
  }

  it('show every form there is, each under a name of its own', () => {
    expect(new Set(POLICY_PRESETS.map(({ kind }) => kind))).toEqual(new Set(POLICY_KINDS));
    expect(new Set(POLICY_PRESETS.map(({ name }) => name)).size).toBe(POLICY_PRESETS.length);
  });
});
