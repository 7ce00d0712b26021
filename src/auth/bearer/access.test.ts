import { describe, expect, it } from 'bun:test';
import { formatScope, parseScopes } from '../../oci/scope.ts';
import { listActions } from '../rights.ts';
import { ceilingOf, grantAccess, type Asker } from './access.ts';

const PULLER: Asker = { allows: (action) => action === 'pull', canListCatalog: true };
const PUSHER: Asker = { allows: (action) => action !== 'admin', canListCatalog: true };
const NOBODY: Asker = { allows: () => false, canListCatalog: false };

const grant = (scopes: string, asker = PUSHER): readonly string[] =>
  grantAccess(parseScopes([scopes]), asker).map(formatScope);

describe('grantAccess', () => {
  it('gives what is asked for and allowed, in the order asked for', () => {
    expect(grant('repository:team/app:pull,push')).toEqual(['repository:team/app:pull,push']);
    expect(grant('repository:team/app:push,pull')).toEqual(['repository:team/app:push,pull']);
    expect(grant('repository:team/app:pull,push', PULLER)).toEqual(['repository:team/app:pull']);
    expect(grant('repository:team/app:pull', NOBODY)).toEqual([]);
  });

  it('takes * for all that a client can do with a repository', () => {
    expect(grant('repository:team/app:*')).toEqual(['repository:team/app:pull,push,delete']);
    expect(grant('repository:team/app:*', PULLER)).toEqual(['repository:team/app:pull']);
  });

  it('gives the catalog to whoever may list it', () => {
    expect(grant('registry:catalog:*')).toEqual(['registry:catalog:*']);
    expect(grant('registry:catalog:*', NOBODY)).toEqual([]);
  });

  it('leaves out what it does not know', () => {
    expect(grant('repository:a:metadata_read,admin host:b:pull registry:other:* nonsense')).toEqual([]);
  });

  it('puts the scopes of one repository together', () => {
    expect(grant('repository:a:pull repository:b:pull repository:a:pull,push')).toEqual([
      'repository:a:pull,push',
      'repository:b:pull',
    ]);
  });

  it('stays below the size that a header may have', () => {
    const scopes = Array.from({ length: 64 }, (_, index) => `repository:${'a'.repeat(200)}/${index}:pull,push`);
    const access = grantAccess(parseScopes(scopes), PUSHER);
    expect(access.length).toBeGreaterThan(10);
    expect(JSON.stringify(access).length).toBeLessThanOrEqual(4500);
  });
});

describe('ceilingOf', () => {
  it('limits to what the claim names', () => {
    const ceiling = ceilingOf([
      { type: 'repository', name: 'a', actions: ['pull'] },
      { type: 'repository', name: 'a', actions: ['push', 'unheard-of'] },
      { type: 'other', name: 'b', actions: ['pull'] },
    ]);
    expect(listActions(ceiling.rights.on('a'))).toEqual(['pull', 'push']);
    expect(listActions(ceiling.rights.on('b'))).toEqual([]);
    expect(ceiling.catalog).toBe(false);
    expect(ceilingOf([{ type: 'registry', name: 'catalog', actions: ['*'] }]).catalog).toBe(true);
  });
});
