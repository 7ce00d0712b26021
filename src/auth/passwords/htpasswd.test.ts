import { describe, expect, it } from 'bun:test';
import fc from 'fast-check';
import { parseHtpasswd } from './htpasswd.ts';

const HASH = '$2y$05$LPgVLgm66ZI/oen9kE.08e.NRnzqLFCgsyGWRh1hpnlJp2DTyBmWG';
const OTHER = HASH.replace('LPgV', 'aaaa');

describe('parseHtpasswd', () => {
  it('reads names and hashes, and skips comments and empty lines', () => {
    const { entries, problems } = parseHtpasswd(`\uFEFF# users\n\nada:${HASH}\r\n  \nbob smith:${OTHER}\n`);
    expect([...entries.keys()]).toEqual(['ada', 'bob smith']);
    expect(entries.get('ada')?.hash).toBe(HASH);
    expect(problems).toEqual([]);
  });

  const refused = [
    ['MD5', 'ada:$apr1$lZL6V/ci$eIMz/iKDkbtys/uU7LEK00', 'MD5'],
    ['SHA-1', 'ada:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', 'SHA-1'],
    ['SHA-2 crypt', 'ada:$6$salt$abcdef', 'SHA-2'],
    ['crypt', 'ada:rl.3StKT.4T8M', 'DES'],
    ['plain text', 'ada:my secret word', 'no hash'],
    ['a damaged bcrypt hash', `ada:${HASH.slice(0, -1)}`, 'damaged'],
    ['no colon', 'my secret word', 'no colon'],
    ['no name', `:${HASH}`, 'name is empty'],
  ] as const;

  for (const [name, line, reason] of refused) {
    it(`skips ${name}, and says on which line without quoting it`, () => {
      const { entries, problems } = parseHtpasswd(`bob:${HASH}\n${line}\n`);
      expect([...entries.keys()]).toEqual(['bob']);
      expect(problems).toHaveLength(1);
      expect(problems[0]?.line).toBe(2);
      expect(problems[0]?.message).toContain(reason);
      expect(problems[0]?.message).not.toContain('secret');
    });
  }

  it('takes the last line of a name, and says so', () => {
    const { entries, problems } = parseHtpasswd(`ada:${HASH}\nada:${OTHER}`);
    expect(entries.get('ada')?.hash).toBe(OTHER);
    expect(problems).toEqual([{ line: 2, message: 'this name has an earlier line; the last one counts' }]);
  });

  it('gives another password another generation', () => {
    const generation = (hash: string) => parseHtpasswd(`ada:${hash}`).entries.get('ada')?.generation;
    expect(generation(HASH)).toBe(generation(HASH));
    expect(generation(HASH)).not.toBe(generation(OTHER));
  });

  it('survives every text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseHtpasswd(text)));
  });
});
