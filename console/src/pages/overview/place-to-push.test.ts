import { describe, expect, it } from 'bun:test';
import { placeToPush } from './place-to-push.ts';

type Account = Parameters<typeof placeToPush>[0];
type Grant = Account['grants'][number];

function accountOf(grants: readonly Omit<Grant, 'abilities'>[], isAdministrator = false): Account {
  return {
    name: 'ada',
    kind: 'user',
    isAdministrator,
    canChangePassword: true,
    abilities: [],
    grants: grants.map((grant) => ({ ...grant, abilities: [] })),
  };
}

describe('where somebody may push', () => {
  it.each([
    ['**', 'team/alpine'],
    ['dev/**', 'dev/alpine'],
    ['dev/*', 'dev/alpine'],
    ['*/app', 'team/app'],
    ['dev/app', 'dev/app'],
  ])('of %s is %s', (pattern, place) => {
    expect(placeToPush(accountOf([{ pattern, actions: ['pull', 'push'] }]))).toBe(place);
  });

  it('is where they may, and not where they may only pull', () => {
    const grants: Omit<Grant, 'abilities'>[] = [
      { pattern: 'all/**', actions: ['pull'] },
      { pattern: 'mine/*', actions: ['admin'] },
    ];
    expect(placeToPush(accountOf(grants))).toBe('mine/alpine');
  });

  it('is nowhere for who may only pull, and anywhere for administrators', () => {
    expect(placeToPush(accountOf([{ pattern: '**', actions: ['pull'] }]))).toBeUndefined();
    expect(placeToPush(accountOf([], true))).toBe('team/alpine');
  });
});
