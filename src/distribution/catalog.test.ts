import { describe, expect, it } from 'bun:test';
import { errorReply } from '../../test/support/error-reply.ts';
import { imageOf, randomBlob } from '../../test/support/image.ts';
import type { RegistryClient } from '../../test/support/registry-client.ts';
import { openRegistry, type RegistryUnderTest } from '../../test/support/registry-under-test.ts';

async function registryWith(...repositories: readonly string[]): Promise<RegistryUnderTest> {
  const registry = await openRegistry();
  const image = imageOf([]);
  for (const repository of repositories) await registry.client.pushImage(repository, image, 'v1');
  return registry;
}

async function list(client: RegistryClient, path: string): Promise<{ names: readonly string[]; next: string | null }> {
  const reply = await client.expect(200, 'GET', path);
  const { repositories } = (await reply.json()) as { repositories: string[] };
  return { names: repositories, next: /^<([^>]+)>; rel="next"$/.exec(reply.headers.get('link') ?? '')?.[1] ?? null };
}

/** Follows the Links to the end. */
async function listAll(client: RegistryClient, path: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (let next: string | null = path; next !== null;) {
    const page: { names: readonly string[]; next: string | null } = await list(client, next);
    names.push(...page.names);
    next = page.next;
  }
  return names;
}

describe('GET /v2/_catalog', () => {
  it('is an empty list of an empty registry', async () => {
    await using registry = await openRegistry();
    const reply = await registry.client.send('GET', '/v2/_catalog');
    expect(reply.headers.get('content-type')).toBe('application/json');
    expect(await reply.text()).toBe('{"repositories":[]}');
  });

  it('lists the repositories that hold a manifest, in the order of bytes', async () => {
    await using registry = await registryWith('minio', 'a/b', 'a', 'a-b', 'a/b/c', 'z');
    await registry.client.pushBlob('only-blobs', randomBlob(1));
    await registry.client.openUpload('only-an-upload');
    expect((await list(registry.client, '/v2/_catalog')).names).toEqual(['a', 'a-b', 'a/b', 'a/b/c', 'minio', 'z']);
  });

  it('no longer lists a repository whose last manifest is deleted', async () => {
    await using registry = await registryWith('a', 'b');
    const { digest } = imageOf([]).manifest;
    await registry.client.deleteManifest('a', digest);
    expect((await list(registry.client, '/v2/_catalog')).names).toEqual(['b']);
  });

  it('comes in pages, whose Links lead to all', async () => {
    const names = ['a', 'b', 'c/d', 'e', 'f'];
    await using registry = await registryWith(...names);
    for (const n of [1, 2, 4, 5, 100]) expect(await listAll(registry.client, `/v2/_catalog?n=${n}`)).toEqual(names);
    expect(await list(registry.client, '/v2/_catalog?n=2')).toEqual({
      names: ['a', 'b'],
      next: '/v2/_catalog?n=2&last=b',
    });
    expect((await list(registry.client, '/v2/_catalog?n=1&last=b')).next).toBe('/v2/_catalog?n=1&last=c%2Fd');
    expect(await list(registry.client, '/v2/_catalog?last=c/d')).toEqual({ names: ['e', 'f'], next: null });
    expect(await list(registry.client, '/v2/_catalog?n=0')).toEqual({ names: [], next: null });
  });

  it('is 400 PAGINATION_NUMBER_INVALID for an n that is no whole number', async () => {
    await using registry = await openRegistry();
    for (const n of ['-1', 'x', '1.5']) {
      const reply = await registry.client.send('GET', `/v2/_catalog?n=${n}`);
      expect(await errorReply(reply)).toMatchObject({ status: 400, code: 'PAGINATION_NUMBER_INVALID' });
    }
  });
});

describe('who may list what', () => {
  it('is what one may pull, in whole pages', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `team-${index % 3}/app-${String(index).padStart(2, '0')}`);
    await using registry = await registryWith(...names);
    const client = await registry.robot({ pattern: 'team-1/**', actions: ['pull'] });
    const mine = names.filter((name) => name.startsWith('team-1/'));
    expect((await list(client, '/v2/_catalog')).names).toEqual(mine);
    const page = await list(client, '/v2/_catalog?n=4');
    expect(page.names).toEqual(mine.slice(0, 4));
    expect(await listAll(client, '/v2/_catalog?n=4')).toEqual(mine);
    expect(await listAll(client, '/v2/_catalog?n=10')).toEqual(mine);
  });

  it('is nothing that one may only push', async () => {
    await using registry = await registryWith('a', 'b');
    const client = await registry.robot({ pattern: 'a', actions: ['push'] }, { pattern: 'b', actions: ['pull'] });
    expect((await list(client, '/v2/_catalog')).names).toEqual(['b']);
  });

  it('is 403 DENIED for whoever may pull nothing', async () => {
    await using registry = await registryWith('a');
    const client = await registry.robot({ pattern: 'a', actions: ['push'] });
    expect(await errorReply(await client.send('GET', '/v2/_catalog'))).toMatchObject({ status: 403, code: 'DENIED' });
  });

  it('is 401 for nobody in particular, unless something is for everybody, which is then listed', async () => {
    await using registry = await registryWith('public/a', 'private/b');
    const refused = await registry.anonymous.send('GET', '/v2/_catalog');
    expect(await errorReply(refused)).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
    await registry.auth.grants.add('anonymous', { pattern: 'public/**', actions: ['pull'] });
    expect((await list(registry.anonymous, '/v2/_catalog')).names).toEqual(['public/a']);
  });

  it('changes with the grants, at once', async () => {
    await using registry = await registryWith('a', 'b');
    const { token, secret } = await registry.auth.tokens.create({ name: 'ci' });
    const client = registry.as(`Bearer ${secret}`);
    for (const pattern of ['a', 'b']) await registry.auth.grants.add(token.id, { pattern, actions: ['pull'] });
    expect((await list(client, '/v2/_catalog')).names).toEqual(['a', 'b']);
    await registry.auth.grants.removeFrom(token.id, 'a');
    expect((await list(client, '/v2/_catalog')).names).toEqual(['b']);
  });
});
