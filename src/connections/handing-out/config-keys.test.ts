import { describe, expect, it } from 'bun:test';
import { connectionOf } from '../../../test/support/handed-connections.ts';
import type { Connection } from '../connection.ts';
import { configKeys, firstOf, type KeyOptions } from './config-keys.ts';

let day = 1;

/** Each is a day younger than the one before it in its test. */
function of(project: string, url: string, name = 'login'): Connection {
  const usableSince = new Date(Date.UTC(2026, 0, day++));
  return connectionOf({ id: `reg-${name}-${day}`, name, project, url, usableSince });
}

function keysOf(connections: readonly Connection[], options?: KeyOptions): object {
  const { keyed, leftOut } = configKeys(connections.toReversed(), options);
  return {
    keys: Object.fromEntries(keyed.map(({ connection, key }) => [key, `${connection.project} ${connection.url}`])),
    leftOut: leftOut.map(({ connection }) => `${connection.project} ${connection.url}`),
  };
}

describe('logins of one project at one host', () => {
  it('have a place each: the first the host, for docker knows no more, the others their paths', () => {
    expect(keysOf([of('a', 'quay.io/x'), of('a', 'quay.io/y')])).toEqual({
      keys: { 'quay.io': 'a quay.io/x', 'quay.io/y': 'a quay.io/y' },
      leftOut: [],
    });
    expect(keysOf([of('a', 'quay.io/x'), of('a', 'quay.io')])).toEqual({
      keys: { 'quay.io': 'a quay.io', 'quay.io/x': 'a quay.io/x' },
      leftOut: [],
    });
    expect(keysOf([of('a', 'docker.io/x'), of('a', 'docker.io')])).toMatchObject({
      keys: { 'https://index.docker.io/v1/': 'a docker.io', 'docker.io/x': 'a docker.io/x' },
    });
  });

  it('of which two are for the same leave out the younger one', () => {
    const both = [of('a', 'ghcr.io', 'z'), of('a', 'ghcr.io', 'b')];
    expect(configKeys(both).keyed.map(({ connection }) => connection.name)).toEqual(['z']);
    expect(configKeys(both).leftOut[0]?.reason).toContain('z is for ghcr.io too');
    const within = [of('a', 'quay.io/x', 'z'), of('a', 'quay.io/x', 'b')];
    expect(configKeys(within).keyed.map(({ connection, key }) => [connection.name, key])).toEqual([['z', 'quay.io']]);
  });
});

describe('logins of several projects at one host', () => {
  const taken = [
    ['the host', 'ghcr.io', 'ghcr.io'],
    ['a part of it', 'ghcr.io', 'ghcr.io/team-b'],
    ['what it is a part of', 'ghcr.io/team-b', 'ghcr.io'],
    ['the same part', 'ghcr.io/team-b', 'ghcr.io/team-b'],
    ['a part of that part', 'ghcr.io/team-b', 'ghcr.io/team-b/app'],
  ] as const;
  for (const [what, theirs, wanted] of taken) {
    it(`leave ${what} to whoever had it first, whatever it is called`, () => {
      const connections = [of('b', theirs, 'z'), of('a', wanted, 'a')];
      expect(keysOf(connections)).toEqual({ keys: { 'ghcr.io': `b ${theirs}` }, leftOut: [`a ${wanted}`] });
      expect(configKeys(connections).leftOut[0]?.reason).toBe(
        'z of project b was there first: say the project (--project a) to have this one.',
      );
      expect(firstOf(connections)?.project).toBe('b');
    });
  }

  it('leave a part to whoever has it, also when the project that was at the host before wants all of it later', () => {
    expect(keysOf([of('a', 'quay.io/x'), of('b', 'quay.io/y'), of('a', 'quay.io')])).toEqual({
      keys: { 'quay.io': 'a quay.io/x', 'quay.io/y': 'b quay.io/y' },
      leftOut: ['a quay.io'],
    });
  });

  it('are both had where no image is for both', () => {
    expect(keysOf([of('b', 'quay.io/team-b'), of('a', 'quay.io/team')])).toEqual({
      keys: { 'quay.io': 'b quay.io/team-b', 'quay.io/team': 'a quay.io/team' },
      leftOut: [],
    });
  });

  it('are both had where somebody named them', () => {
    const connections = [of('b', 'ghcr.io'), of('a', 'ghcr.io/team-b')];
    expect(keysOf(connections, { areNamed: true })).toEqual({
      keys: { 'ghcr.io': 'b ghcr.io', 'ghcr.io/team-b': 'a ghcr.io/team-b' },
      leftOut: [],
    });
  });

  it('do not depend on what came first to whoever asks', () => {
    const connections = [of('b', 'ghcr.io/x'), of('a', 'ghcr.io'), of('b', 'ghcr.io'), of('c', 'quay.io')];
    expect(keysOf(connections)).toEqual(keysOf(connections.toReversed()));
    expect(keysOf(connections)).toEqual({
      keys: { 'ghcr.io': 'b ghcr.io', 'ghcr.io/x': 'b ghcr.io/x', 'quay.io': 'c quay.io' },
      leftOut: ['a ghcr.io'],
    });
  });
});
