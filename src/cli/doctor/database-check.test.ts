import { describe, expect, it } from 'bun:test';
import type { DatabaseAnswer } from '../cli-host.ts';
import { checkDatabase } from './database-check.ts';

const NOW = new Date('2026-11-20T10:00:00Z');
const ANSWER: DatabaseAnswer = {
  place: 'db.lan:5432/havre',
  version: '15.14',
  isLocal: false,
  isEncrypted: true,
  isReadOnly: false,
  maxConnections: 100,
  poolSize: 16,
  time: NOW,
  ourTime: NOW,
};

describe('the database', () => {
  it('is not spoken of where the facts are in SQLite', () => {
    expect(checkDatabase(undefined)).toEqual([]);
  });

  it('is well when it answers', () => {
    expect(checkDatabase(ANSWER)).toEqual([
      { about: 'database', level: 'ok', message: 'PostgreSQL 15.14 answers at db.lan:5432/havre.' },
    ]);
  });

  const cases: readonly (readonly [string, Partial<DatabaseAnswer>, string, string])[] = [
    ['too old', { unusable: 'PostgreSQL 9.6 is too old.' }, 'fail', 'PostgreSQL 9.6 is too old.'],
    ['a standby', { isReadOnly: true }, 'warn', 'read-only: nothing can be pushed'],
    ['heard by others', { isEncrypted: false }, 'warn', 'can be read on the way'],
    ['short of connections', { poolSize: 40 }, 'warn', 'takes 100 connections'],
    ['of another time', { time: new Date('2026-11-20T10:00:06Z') }, 'warn', 'differ by 6 seconds'],
  ];
  for (const [what, answer, level, message] of cases) {
    it(`that is ${what} is named, and what to do`, () => {
      const found = checkDatabase({ ...ANSWER, ...answer }).find((finding) => finding.level === level);
      expect(found?.message).toContain(message);
      expect(found?.advice).toBeString();
    });
  }

  it('may be plain on this machine, and a little out of time', () => {
    const answer = { ...ANSWER, isEncrypted: false, isLocal: true, time: new Date('2026-11-20T10:00:05Z') };
    expect(checkDatabase(answer).map(({ level }) => level)).toEqual(['ok']);
  });

  it('that cannot be used is said so in its own words', () => {
    expect(checkDatabase({ failure: 'There is no database "havre" at db.lan:5432.' })).toMatchObject([
      { level: 'fail', message: 'There is no database "havre" at db.lan:5432.' },
    ]);
  });
});
