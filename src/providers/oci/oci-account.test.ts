import { afterEach, describe, expect, it } from 'bun:test';
import {
  basicOf,
  type Fake,
  type FakeReply,
  type FakeRequest,
  startFake,
  unsignedJwt,
} from '../../../test/fakes/fake.ts';
import { ociError, ociReply } from '../../../test/fakes/fake-oci.ts';
import { FakeRepository } from '../../../test/fakes/fake-repository.ts';
import { plainUpstream } from '../../../test/fakes/plain-upstream.ts';
import type { CheckReport, DeletionTarget } from '../account.ts';
import { collected, errorOf } from '../contract/questions.ts';
import type { Diagnosis } from '../provider-error.ts';
import { parseRegistryUrl } from '../registry-url.ts';
import { OciAccount, type OciAccountOptions } from './oci-account.ts';

const { signal } = new AbortController();
const LOGIN = { username: 'ci', password: 'a-secret-of-ours' };

let fake: Fake;
afterEach(async () => await fake[Symbol.asyncDispose]());

/** A registry that does just this. */
function serve(answer: (request: FakeRequest) => FakeReply): void {
  fake = startFake((request) => answer(request));
}

/** One with a token service, which answers as it is told, and takes whatever token. */
function serveTokens(service: (request: FakeRequest) => FakeReply, rest?: (request: FakeRequest) => FakeReply): void {
  serve((request) => {
    if (request.path === '/token') return service(request);
    if (request.headers.get('Authorization')?.startsWith('Bearer ') !== true) return challenged(`${fake.url}/token`);
    return rest?.(request) ?? ociReply(request, fake, { refuse: () => undefined, hasCatalog: true });
  });
}

function challenged(realm: string): Response {
  return ociError(401, 'UNAUTHORIZED', 'authentication required', {
    'WWW-Authenticate': `Bearer realm="${realm}",service="registry"`,
  });
}

function open(options: Partial<OciAccountOptions> = {}): OciAccount {
  return new OciAccount({
    url: parseRegistryUrl(fake.url),
    login: () => Promise.resolve(LOGIN),
    tools: { http: plainUpstream(), now: fake.clock.now },
    ...options,
  });
}

async function check(options: Partial<OciAccountOptions> = {}): Promise<CheckReport> {
  return await open(options).check({}, signal);
}

function page(status: number): Response {
  return new Response('<!doctype html><title>Welcome</title>', { status, headers: { 'Content-Type': 'text/html' } });
}

describe('whatever answers at /v2/', () => {
  const cases: readonly (readonly [string, () => Response, Diagnosis])[] = [
    ['a page', () => page(200), 'not-a-registry'],
    ['a page that wants a login', () => page(401), 'not-a-registry'],
    ['a page that is not found', () => page(404), 'not-a-registry'],
    ['nothing', () => new Response(null, { status: 404 }), 'not-a-registry'],
    ['text', () => new Response('hello'), 'not-a-registry'],
    ['a redirect', () => new Response(null, { status: 304 }), 'not-a-registry'],
    ['an error', () => new Response('no', { status: 500 }), 'failing'],
    ['a refusal', () => ociError(403, 'DENIED', 'your address is not allowed'), 'forbidden'],
    ['a question without a way to answer it', () => ociError(401, 'UNAUTHORIZED', 'who?'), 'malformed'],
    [
      'TLS that is wanted',
      () => new Response('Client sent an HTTP request to an HTTPS server.\n', { status: 400 }),
      'tls',
    ],
  ];
  for (const [what, answer, diagnosis] of cases) {
    it(`is ${diagnosis} when it is ${what}`, async () => {
      serve(() => answer());
      expect((await errorOf(check())).diagnosis).toBe(diagnosis);
    });
  }

  it('is a registry, though it does not call itself one, and that is said', async () => {
    serve((request) => ociReply(request, fake, { refuse: () => undefined }));
    const { remarks } = await check({ login: () => Promise.resolve(undefined) });
    expect(remarks.join(' ')).toContain('Docker-Distribution-Api-Version');
  });
});

describe('credentials', () => {
  it('are not good because everybody gets a token', async () => {
    // It takes no notice of who asks.
    serveTokens(() => Response.json({ token: unsignedJwt({ sub: '', access: [] }) }));
    expect((await errorOf(check())).diagnosis).toBe('wrong-credentials');
  });

  it('are not good because a door is open', async () => {
    serve((request) => {
      const login = basicOf(request);
      if (login !== undefined && login.secret !== 'right') return ociError(401, 'UNAUTHORIZED', 'wrong');
      return ociReply(request, fake, { refuse: () => undefined });
    });
    expect((await errorOf(check())).diagnosis).toBe('wrong-credentials');
  });

  it('are asked for further in, where the door is open', async () => {
    serve((request) => {
      if (request.path === '/v2/') return Response.json({});
      if (request.path === '/token') return ociError(401, 'UNAUTHORIZED', 'wrong');
      return challenged(`${fake.url}/token`);
    });
    expect((await errorOf(check())).diagnosis).toBe('wrong-credentials');
  });

  it('are sent to no token service of another domain', async () => {
    serve(() => challenged('https://tokens.example.net/token'));
    const error = await errorOf(check());
    expect(error.diagnosis).toBe('denied-here');
    expect(error.message).toContain('tokens.example.net');
    expect(fake.requests.every(({ headers }) => !headers.has('Authorization'))).toBe(true);
  });

  it('are sent to no token service without TLS elsewhere', async () => {
    serve(() => challenged('http://tokens.example.net/token'));
    expect((await errorOf(check({ trustedRealms: ['tokens.example.net'] }))).diagnosis).toBe('denied-here');
  });

  it('do not follow a token service that sends us elsewhere', async () => {
    serveTokens(() => new Response(null, { status: 302, headers: { Location: 'https://tokens.example.net/' } }));
    expect((await errorOf(check())).diagnosis).toBe('malformed');
  });

  it('may be refused by 403 where a registry means that they are wrong', async () => {
    serveTokens(() => ociError(403, 'DENIED', 'denied'));
    expect((await errorOf(check())).diagnosis).toBe('forbidden');
    expect((await errorOf(check({ refusalOfTokens: 'wrong-credentials' }))).diagnosis).toBe('wrong-credentials');
  });

  it('are told apart from ones that have ended', async () => {
    serveTokens(() => ociError(401, 'UNAUTHORIZED', 'the token has expired'));
    expect((await errorOf(check())).diagnosis).toBe('token-expired');
  });

  it('go by POST where the token service knows nothing else', async () => {
    serveTokens((request) => {
      if (request.method !== 'POST') return new Response(null, { status: 405 });
      const form = new URLSearchParams(request.body);
      expect(Object.fromEntries(form)).toMatchObject({ grant_type: 'password', ...LOGIN, service: 'registry' });
      return Response.json({ access_token: 'opaque' });
    });
    expect((await check()).abilities.list).toBe('yes');
  });

  it('may be a refresh token', async () => {
    serveTokens((request) => {
      const form = new URLSearchParams(request.body);
      if (form.get('grant_type') !== 'refresh_token') return new Response(null, { status: 401 });
      expect(form.get('refresh_token')).toBe('refreshing');
      return Response.json({ access_token: 'opaque' });
    });
    const login = (): Promise<typeof LOGIN> => Promise.resolve({ username: '<token>', password: 'refreshing' });
    expect((await check({ login })).abilities.list).toBe('yes');
    expect(fake.requests.filter(({ path }) => path === '/token').every(({ method }) => method === 'POST')).toBe(true);
  });

  it('end when they say so themselves', async () => {
    const exp = Date.parse('2026-09-01T00:00:00Z') / 1000;
    serveTokens(() => Response.json({ token: 'opaque' }));
    const login = (): Promise<typeof LOGIN> => Promise.resolve({ username: 'ci', password: unsignedJwt({ exp }) });
    expect((await check({ login })).secretExpiresAt).toEqual(new Date('2026-09-01T00:00:00Z'));
  });

  it('are good, though a clock that is off makes their tokens useless', async () => {
    serve((request) => {
      if (request.path === '/token') return Response.json({ token: 'opaque' });
      const answer = challenged(`${fake.url}/token`);
      answer.headers.set('Date', new Date(fake.clock.now() + 300_000).toUTCString());
      return answer;
    });
    const error = await errorOf(check());
    expect(error.diagnosis).toBe('clock-skew');
    expect(error.message).toContain('300 s ahead');
  });
});

describe('what credentials may do', () => {
  it('is what the token service grants, and is not tried', async () => {
    serveTokens((request) => {
      const [scope = ''] = request.query.getAll('scope');
      const actions = scope.startsWith('repository:') ? ['pull'] : ['*'];
      return Response.json({
        token: unsignedJwt({ sub: 'ci', access: [{ type: 'repository', name: 'a/b', actions }] }),
      });
    });
    const { abilities, account } = await open().check({ repository: 'a/b' }, signal);
    expect(abilities).toEqual({ list: 'yes', pull: 'yes', push: 'no', delete: 'no' });
    expect(account).toBe('ci');
    expect(fake.requests.map(({ method }) => method)).not.toContain('POST');
  });

  it('is not to delete where that is switched off, whatever is granted', async () => {
    serveTokens(
      () => {
        const access = [{ type: 'repository', name: 'a/b', actions: ['pull', 'delete'] }];
        return Response.json({ token: unsignedJwt({ sub: 'ci', access }) });
      },
      ({ method }) => (method === 'DELETE' ? ociError(405, 'UNSUPPORTED', 'unsupported') : undefined),
    );
    const { abilities, remarks } = await open({ triesDeletion: true }).check({ repository: 'a/b' }, signal);
    expect(abilities).toEqual({ list: 'yes', pull: 'yes', push: 'no', delete: 'no' });
    expect(remarks.join(' ')).toContain('REGISTRY_STORAGE_DELETE_ENABLED');
  });

  it('is nothing, where nothing is granted', async () => {
    serveTokens(
      () => Response.json({ token: unsignedJwt({ sub: 'ci', access: [] }) }),
      ({ path }) => (path === '/v2/_catalog' ? ociError(401, 'UNAUTHORIZED', 'no') : undefined),
    );
    const error = await errorOf(open().check({ repository: 'a/b' }, signal));
    expect(error.diagnosis).toBe('forbidden');
    expect(error.message).toContain('a/b');
  });

  it('is not known without a repository to look at', async () => {
    serveTokens(() => Response.json({ token: 'opaque' }));
    expect((await check()).abilities).toEqual({ list: 'yes', pull: 'unknown', push: 'unknown', delete: 'unknown' });
  });
});

describe('a token', () => {
  it('serves until it ends, and each scope has its own', async () => {
    let count = 0;
    serveTokens(() => Response.json({ token: `opaque-${(count += 1)}`, expires_in: 100 }));
    seed('a/b').push({ tags: ['v1'] });
    const account = open();
    for (const _ of [1, 2, 3]) await account.tags('a/b', { limit: 10 }, signal);
    expect(count).toBe(1);
    await account.repositories({ limit: 10 }, signal);
    expect(count).toBe(2);
    fake.clock.advance(95);
    await account.tags('a/b', { limit: 10 }, signal);
    expect(count).toBe(3);
  });

  it('is replaced when the registry does not take it any more', async () => {
    let valid = 1;
    let count = 0;
    serveTokens(
      () => Response.json({ token: `opaque-${(count += 1)}`, expires_in: 3600 }),
      ({ headers }) =>
        headers.get('Authorization') === `Bearer opaque-${valid}` ? undefined : challenged(`${fake.url}/token`),
    );
    seed('a/b').push({ tags: ['v1'] });
    const account = open();
    await account.tags('a/b', { limit: 10 }, signal);
    valid = 2;
    expect((await account.tags('a/b', { limit: 10 }, signal)).items.length).toBe(1);
    expect(count).toBe(2);
  });

  it('is asked for by one of many that want it', async () => {
    let count = 0;
    serveTokens(() => Response.json({ token: `opaque-${(count += 1)}`, expires_in: 3600 }));
    seed('a/b').push({ tags: ['v1'] });
    const account = open();
    await account.tags('a/b', { limit: 10 }, signal);
    const before = count;
    fake.clock.advance(4000);
    await Promise.all([1, 2, 3, 4].map(async () => await account.tags('a/b', { limit: 10 }, signal)));
    expect(count).toBe(before + 1);
  });
});

describe('images', () => {
  it('have the date when they were built, unless that is none', async () => {
    serve((request) => ociReply(request, fake, { refuse: () => undefined }));
    const repository = seed('a/b');
    const built = repository.push({ tags: ['v1'], pushedAt: new Date('2025-01-01T00:00:00Z') });
    const reproducible = repository.push({ tags: ['v2'], pushedAt: new Date('1970-01-01T00:00:00Z') });
    const images = await collected(open().images('a/b', signal));
    const dates = new Map(images.map(({ digest, pushedAt }) => [digest, pushedAt]));
    expect(dates.get(built)).toEqual(new Date('2025-01-01T00:00:00Z'));
    expect(dates.get(reproducible)).toBeUndefined();
  });

  it('are listed with what refers to them, also where only a tag says so', async () => {
    serve((request) => {
      if (request.path.includes('/referrers/')) return new Response('404 page not found', { status: 404 });
      return ociReply(request, fake, { refuse: () => undefined });
    });
    const repository = seed('a/b');
    const image = repository.push({ tags: ['v1'] });
    const signature = repository.push({ subject: image });
    const list = {
      schemaVersion: 2,
      manifests: [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: signature, size: 1 }],
    };
    const index = 'application/vnd.oci.image.index.v1+json';
    repository.put(JSON.stringify({ ...list, mediaType: index }), index, image.replace(':', '-'), new Date());
    const images = await collected(open().images('a/b', signal));
    expect(images.find(({ digest }) => digest === signature)?.subject).toBe(image);
    expect(fake.requests.filter(({ path }) => path.includes('/referrers/')).length).toBe(1);
  });

  it('are read once each, however many tags they have parts in', async () => {
    serve((request) => ociReply(request, fake, { refuse: () => undefined }));
    seed('a/b').push({ tags: ['v1'], platforms: ['linux/amd64', 'linux/arm64'] });
    await collected(open().images('a/b', signal));
    const children = fake.requests.filter(({ path }) => path.includes('/manifests/sha256:'));
    expect(children.length).toBe(2);
  });

  it('have the bytes of what they name counted once, however often they name it, and however deep', async () => {
    serve((request) => ociReply(request, fake, { refuse: () => undefined }));
    const repository = seed('a/b');
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    let digest = repository.push();
    for (let level = 1; level <= 7; level += 1) {
      const manifests = Array.from({ length: 60 }, () => ({ mediaType, digest, size: 1 }));
      const tag = `level-${level}`;
      digest = repository.put(JSON.stringify({ schemaVersion: 2, mediaType, manifests }), mediaType, tag, new Date());
    }
    const images = await collected(open().images('a/b', signal));
    const bytesOf = (tag: string): number => images.find(({ tags }) => tags.includes(tag))?.bytes ?? 0;
    const index = bytesOf('level-2') - bytesOf('level-1');
    expect(bytesOf('level-7')).toBe(bytesOf('level-1') + 6 * index);
  });

  it('are refused when their bytes are not what the registry says', async () => {
    serve((request) => {
      if (request.path !== '/v2/a/b/manifests/v1') return ociReply(request, fake, { refuse: () => undefined });
      return Response.json({ schemaVersion: 2 }, { headers: { 'Docker-Content-Digest': `sha256:${'1'.repeat(64)}` } });
    });
    seed('a/b').push({ tags: ['v1'] });
    expect((await errorOf(collected(open().images('a/b', signal)))).diagnosis).toBe('malformed');
  });

  it('are not what a server says instead of one', async () => {
    serve((request) => {
      if (request.path !== '/v2/a/b/manifests/v1') return ociReply(request, fake, { refuse: () => undefined });
      return Response.json({ headers: { authorization: request.headers.get('authorization') ?? 'something' } });
    });
    seed('a/b').push({ tags: ['v1'] });
    const account = open();
    expect((await errorOf(collected(account.images('a/b', signal)))).diagnosis).toBe('malformed');
    const seen = await errorOf(account.reader?.image('a/b', 'v1', signal) ?? Promise.resolve());
    expect([seen.diagnosis, seen.message]).toEqual(['malformed', expect.not.stringContaining('authorization')]);
  });

  it('are not listed for ever where pages go in a circle', async () => {
    serve((request) => {
      if (request.path !== '/v2/a/b/tags/list') return ociReply(request, fake, { refuse: () => undefined });
      return Response.json({ tags: ['v1'] }, { headers: { Link: '</v2/a/b/tags/list?last=v1>; rel="next"' } });
    });
    seed('a/b').push({ tags: ['v1'] });
    expect((await errorOf(collected(open().images('a/b', signal)))).message).toContain('do not end');
  });
});

describe('names', () => {
  for (const name of ['../../admin', 'a/../b', 'a?b', '/evil.example.net/a', 'A/B', '', 'a b', 'a#b']) {
    it(`that are none lead nowhere: ${JSON.stringify(name)}`, async () => {
      serve((request) => ociReply(request, fake, { refuse: () => undefined }));
      const account = open();
      const asked = [
        account.tags(name, { limit: 10 }, signal),
        (async () => await collected(account.images(name, signal)))(),
        (async () => await collected(account.delete(name, [{ kind: 'tag', tag: 'v1' }], signal)))(),
        account.check({ repository: name }, signal),
      ];
      for (const work of asked) expect((await errorOf(work)).diagnosis).toBe('not-found');
      expect(fake.requests).toEqual([]);
    });
  }

  it('of a registry’s own list that are none lead nowhere', async () => {
    serve(({ path }) => {
      if (path === '/v2/a/b/tags/list') return Response.json({ tags: ['../../../admin', 'v1?x'] });
      if (path === '/v2/_catalog') return Response.json({ repositories: ['../../admin'] });
      return path === '/v2/' ? Response.json({}) : undefined;
    });
    expect(await collected(open().images('a/b', signal))).toEqual([]);
    expect((await open().tags('a/b', { limit: 10 }, signal)).items).toEqual([]);
    await check();
    expect(new Set(fake.requests.map(({ path }) => path))).toEqual(
      new Set(['/v2/', '/v2/_catalog', '/v2/a/b/tags/list']),
    );
  });

  it('of what is deleted that are none lead nowhere', async () => {
    serve((request) => ociReply(request, fake, { refuse: () => undefined }));
    const strange: readonly DeletionTarget[] = [
      { kind: 'tag', tag: '../../x' },
      { kind: 'manifest', digest: 'sha256:../x', tags: [], isIndex: false },
    ];
    const outcomes = await collected(open().delete('a/b', strange, signal));
    expect(outcomes.map(({ result }) => result)).toEqual(['refused', 'refused']);
    expect(fake.requests).toEqual([]);
  });
});

describe('repositories', () => {
  it('are those of the folder that the URL names', async () => {
    serve((request) => ociReply(request, fake, { refuse: () => undefined, hasCatalog: true }));
    for (const name of ['team/app', 'team/web', 'teams/app', 'other']) seed(name);
    const { items } = await open({ url: parseRegistryUrl(`${fake.url}/team`) }).repositories({ limit: 10 }, signal);
    expect(items.map(({ name }) => name)).toEqual(['team/app', 'team/web']);
  });

  it('are not listed where there is no catalog, and it is said what to do', async () => {
    serve((request) => ociReply(request, fake, { refuse: () => undefined }));
    const error = await errorOf(open().repositories({ limit: 10 }, signal));
    expect(error.diagnosis).toBe('unsupported');
    expect(error.message).toContain('Name a repository');
  });
});

function seed(name: string): FakeRepository {
  const repository = new FakeRepository(name);
  fake.repositories.set(name, repository);
  return repository;
}
