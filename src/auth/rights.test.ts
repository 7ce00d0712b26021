import { describe, expect, it } from 'bun:test';
import type { Action } from './principal.ts';
import {
  actionSet,
  either,
  EVERYTHING,
  exactly,
  granted,
  listActions,
  NOTHING,
  parseRule,
  within,
  type Rights,
} from './rights.ts';

const on = (rights: Rights, repository: string): readonly Action[] => listActions(rights.on(repository));

describe('rights', () => {
  const team = granted([parseRule('team/**', ['pull']), parseRule('team/app', ['push']), parseRule('*', ['delete'])]);

  it('add up over the rules that match', () => {
    expect(on(team, 'team/app')).toEqual(['pull', 'push']);
    expect(on(team, 'team/other/deep')).toEqual(['pull']);
    expect(on(team, 'team')).toEqual(['delete']);
    expect(on(team, 'elsewhere/app')).toEqual([]);
    expect(listActions(team.anywhere)).toEqual(['pull', 'push', 'delete']);
  });

  it('have all actions where they have admin', () => {
    expect(on(granted([parseRule('team/**', ['admin'])]), 'team/app')).toEqual(['pull', 'push', 'delete', 'admin']);
  });

  it('stay under a ceiling', () => {
    const ceiling = exactly(new Map([['team/app', actionSet(['push', 'delete'])]]));
    expect(on(within(team, ceiling), 'team/app')).toEqual(['push']);
    expect(on(within(team, ceiling), 'team/other')).toEqual([]);
    expect(on(within(EVERYTHING, ceiling), 'team/app')).toEqual(['push', 'delete']);
    expect(on(within(NOTHING, ceiling), 'team/app')).toEqual([]);
  });

  it('join', () => {
    expect(on(either(team, granted([parseRule('**', ['delete'])])), 'team/app')).toEqual(['pull', 'push', 'delete']);
  });
});
