import { describe, expect, it } from 'bun:test';
import type { Account } from './account.ts';
import { identityOf, isAnonymous, localAdministrator } from './identity.ts';
import { ANONYMOUS } from './principal.ts';
import { actionSet, EVERYTHING, exactly, granted, NOTHING, parseRule } from './rights.ts';

const ADA: Account = {
  principal: { kind: 'user', id: 'user:1', name: 'ada' },
  generation: '1',
  isAdministrator: false,
  rights: granted([parseRule('team/**', ['pull', 'push'])]),
};
const ADMINISTRATOR: Account = { ...ADA, isAdministrator: true, rights: EVERYTHING };
const ceiling = (catalog: boolean) => ({ rights: exactly(new Map([['team/app', actionSet(['pull'])]])), catalog });

describe('an identity', () => {
  it('allows what its account may do, asked once or often', () => {
    const identity = identityOf({ account: ADA, scheme: 'basic' });
    for (let time = 0; time < 2; time++) {
      expect(identity.allows('pull', 'team/app')).toBe(true);
      expect(identity.allows('delete', 'team/app')).toBe(false);
      expect(identity.allows('pull', 'other')).toBe(false);
    }
  });

  it('of an administrator allows everything', () => {
    const identity = identityOf({ account: ADMINISTRATOR, scheme: 'basic' });
    expect(identity.allows('admin', 'any/thing')).toBe(true);
    expect(identity.isAdministrator).toBe(true);
  });

  it('lists the repositories that it may pull', () => {
    const identity = identityOf({ account: ADA, scheme: 'basic' });
    expect(identity.canListCatalog).toBe(true);
    expect(identity.mayList('team/app')).toBe(true);
    expect(identity.mayList('other')).toBe(false);
    expect(identityOf({ account: { ...ADA, rights: NOTHING }, scheme: 'basic' }).canListCatalog).toBe(false);
  });

  it('from a bearer token has no more than the token, even for an administrator', () => {
    const identity = identityOf({ account: ADMINISTRATOR, scheme: 'bearer', ceiling: ceiling(false) });
    expect(identity.isDelegated).toBe(true);
    expect(identity.isAdministrator).toBe(false);
    expect(identity.allows('pull', 'team/app')).toBe(true);
    expect(identity.allows('push', 'team/app')).toBe(false);
    expect(identity.allows('pull', 'other')).toBe(false);
    expect(identity.canListCatalog).toBe(false);
    expect(identity.mayList('team/app')).toBe(false);
  });

  it('from a bearer token for the catalog lists all that its account may pull', () => {
    const identity = identityOf({ account: ADA, scheme: 'bearer', ceiling: ceiling(true) });
    expect(identity.canListCatalog).toBe(true);
    expect(identity.mayList('team/other')).toBe(true);
    expect(identity.mayList('other')).toBe(false);
  });

  it('of nobody is anonymous', () => {
    const account = { ...ADA, principal: ANONYMOUS };
    expect(isAnonymous(identityOf({ account, scheme: 'none' }))).toBe(true);
    expect(isAnonymous(identityOf({ account: ADA, scheme: 'basic' }))).toBe(false);
  });

  it('of the machine itself may do everything', () => {
    expect(localAdministrator().isAdministrator).toBe(true);
    expect(localAdministrator().allows('delete', 'any/thing')).toBe(true);
    expect(localAdministrator().mayList('any/thing')).toBe(true);
  });
});
