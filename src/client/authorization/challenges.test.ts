import { describe, expect, it } from 'bun:test';
import { parseChallenges } from './challenges.ts';

function read(header: string | null): readonly unknown[] {
  return parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
}

describe('a challenge', () => {
  it('is Basic or Bearer, with its parameters', () => {
    expect(read('Basic realm="a, \\"b\\""')).toEqual([['basic', { realm: 'a, "b"' }]]);
    expect(read('Bearer realm="https://auth.example/token",service="s",scope="repository:a/b:pull,push"')).toEqual([
      ['bearer', { realm: 'https://auth.example/token', service: 's', scope: 'repository:a/b:pull,push' }],
    ]);
  });

  it('may come with others, in any writing', () => {
    expect(read('BEARER Realm=https://a/t , service = "s", basic realm="x"')).toEqual([
      ['bearer', { realm: 'https://a/t', service: 's' }],
      ['basic', { realm: 'x' }],
    ]);
    expect(read('Negotiate, Basic realm="x"')).toEqual([
      ['negotiate', {}],
      ['basic', { realm: 'x' }],
    ]);
  });

  it('is nothing when nobody could read it', () => {
    expect(read(null)).toEqual([]);
    expect(read('')).toEqual([]);
    expect(read('"=')).toEqual([]);
  });

  it('takes no time, however long', () => {
    expect(read(`Bearer ${'a='.repeat(100_000)}`).length).toBeLessThan(100_000);
    expect(read(`Bearer realm="${'\\'.repeat(100_000)}`)).toHaveLength(1);
  });
});
