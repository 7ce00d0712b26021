import { describe, expect, it } from 'bun:test';
import type { Registry } from '../registries.ts';
import { projectFor } from './project-for.ts';
import { changesOf, nameFor, newRegistryOf, newValues, valuesOf } from './registry-values.ts';

const REGISTRY = {
  project: 'pn-1',
  name: 'one',
  kind: 'harbor',
  url: 'harbor.lan/team',
  isPlainHttp: true,
  region: null,
  form: 'robot',
  username: 'robot$ci',
  fields: { renewal: 'beside' },
  authorities: null,
  clientCertificate: null,
  testRepository: 'team/app',
  credential: { expiresAt: null, expirySource: null, rotateAfterDays: 90, isAutomatic: true },
} as unknown as Registry;

describe('what is sent of a new registry', () => {
  it('is what was filled in, and nothing of what was left empty', () => {
    const values = { ...newValues('default', 'ghcr', 'ghcr.io'), username: 'octo', fields: { tenant: '' } };
    expect(newRegistryOf(values)).toEqual({
      project: 'default',
      name: 'ghcr.io',
      kind: 'ghcr',
      url: 'ghcr.io',
      username: 'octo',
    });
  });

  it('ends with the day that was chosen', () => {
    const { expiresAt = '' } = newRegistryOf({ ...newValues('default', 'ghcr', 'ghcr.io'), expires: '2027-01-31' });
    const end = new Date(expiresAt ?? '');
    expect([end.getFullYear(), end.getMonth(), end.getDate(), end.getHours()]).toEqual([2027, 0, 31, 23]);
  });
});

describe('what is sent of a registry that is there', () => {
  const before = valuesOf(REGISTRY);

  it('is nothing where nothing was changed, and never a secret that was not given', () => {
    expect(before).toMatchObject({ url: 'http://harbor.lan/team', secret: '', clientKey: '' });
    expect(changesOf(before, before)).toEqual({});
  });

  it('is what was changed; an empty text takes away what was there', () => {
    const after = { ...before, testRepository: '', region: 'GRA', fields: { renewal: '' }, isAutomatic: false };
    expect(changesOf(after, before)).toEqual({
      testRepository: '',
      region: 'GRA',
      fields: { renewal: '' },
      isAutomatic: false,
    });
  });

  it('says never where never was chosen, and nothing where no number stands', () => {
    expect(changesOf({ ...before, rotateAfterDays: '0' }, before)).toEqual({ rotateAfterDays: 0 });
    expect(changesOf({ ...before, rotateAfterDays: '' }, before)).toEqual({});
  });

  it('forgets an end that was taken away', () => {
    const ending = { ...before, expires: '2027-01-31' };
    expect(changesOf({ ...ending, expires: '' }, ending)).toEqual({ expiresAt: null });
  });
});

describe('a name', () => {
  it.each([
    ['https://ghcr.io/octo', 'ghcr.io'],
    ['harbor.lan:8443/team/app', 'harbor.lan:8443'],
    [' docker.io ', 'docker.io'],
    ['', ''],
  ])('for %p is %p', (url, name) => expect(nameFor(url)).toBe(name));
});

describe('the project of a new registry', () => {
  const account = {
    name: 'ada',
    kind: 'user',
    isAdministrator: false,
    canChangePassword: true,
    abilities: [],
  } as const;

  it('is one where whoever adds it may', () => {
    const may = (pattern: string, ability: string) => ({ pattern, actions: [], abilities: [ability] });
    const grants = [may('pn-1', 'see-registries'), may('pn-*', 'manage-registries'), may('pn-3', 'manage-registries')];
    expect(projectFor({ ...account, abilities: [], grants })).toBe('pn-3');
    expect(projectFor({ ...account, abilities: [], grants: grants.slice(0, 2) })).toBe('default');
    expect(projectFor(null)).toBe('default');
  });
});
