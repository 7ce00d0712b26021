import { describe, expect, it } from 'bun:test';
import * as fc from 'fast-check';
import { formatScope, MAX_SCOPES, parseScopes } from './scope.ts';

describe('parseScopes', () => {
  const pull = { type: 'repository', name: 'a/b', actions: ['pull'] };
  const cases = [
    ['one', ['repository:a/b:pull'], [pull]],
    ['none', [], []],
    ['nothing', [''], []],
    [
      'repeated',
      ['repository:a/b:pull', 'repository:c:push'],
      [pull, { type: 'repository', name: 'c', actions: ['push'] }],
    ],
    [
      'in one text',
      ['repository:a/b:pull repository:c:pull,push'],
      [pull, { type: 'repository', name: 'c', actions: ['pull', 'push'] }],
    ],
    ['with spaces around', ['  repository:a/b:pull  '], [pull]],
    ['a class', ['repository(plugin):a/b:pull'], [pull]],
    ['the catalog', ['registry:catalog:*'], [{ type: 'registry', name: 'catalog', actions: ['*'] }]],
    ['a port in the name', ['repository:h:5000/a:pull'], [{ type: 'repository', name: 'h:5000/a', actions: ['pull'] }]],
    ['order kept, once each', ['repository:a/b:push,pull,push'], [{ ...pull, actions: ['push', 'pull'] }]],
    ['empty actions', ['repository:a/b:,pull,'], [pull]],
    ['no action', ['repository:a/b:'], [{ ...pull, actions: [] }]],
    ['no name', ['repository::pull'], []],
    ['no type', [':a:pull', '(plugin):a:pull'], []],
    ['one colon', ['repository:a'], []],
    ['no colon', ['repository'], []],
    ['a wrong one beside a right one', ['x repository:a/b:pull'], [pull]],
  ] as const;
  for (const [name, texts, scopes] of cases) it(name, () => expect<unknown>(parseScopes(texts)).toEqual(scopes));

  it('reads a bounded number', () => {
    expect(parseScopes(['repository:a:pull '.repeat(100_000)])).toHaveLength(MAX_SCOPES);
    expect(parseScopes(Array.from({ length: 1_000 }, () => 'repository:a:pull'))).toHaveLength(MAX_SCOPES);
  });

  it('reads what formatScope writes', () => {
    const word = fc.stringMatching(/^[a-z0-9_*/.-]{1,8}$/);
    const actions = fc.uniqueArray(word, { maxLength: 4 });
    const names = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(':'));
    fc.assert(
      fc.property(word, names, actions, (type, name, wanted) => {
        const scope = { type, name, actions: wanted };
        expect(parseScopes([formatScope(scope)])).toEqual([scope]);
      }),
    );
  });

  it('reads anything without failing', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...Array.from('a:,() *')) }),
    );
    fc.assert(
      fc.property(fc.array(text), (texts) => {
        for (const scope of parseScopes(texts)) expect(parseScopes([formatScope(scope)])).toEqual([scope]);
      }),
    );
  });
});
