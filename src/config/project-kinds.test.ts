import { describe, expect, it } from 'bun:test';
import { projects } from './project-kinds.ts';

describe('which projects may do something', () => {
  const cases = [
    ['false', []],
    ['', []],
    ['true', 'all'],
    ['pn-123456', ['pn-123456']],
    ['pn-1, team.b', ['pn-1', 'team.b']],
    ['*', undefined],
    ['pn-*', undefined],
    ['Team', undefined],
  ] as const;
  for (const [written, expected] of cases) {
    it(`is read of "${written}"`, () => expect(projects.read(written, '/')).toEqual(expected as never));
  }
});
