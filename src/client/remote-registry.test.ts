import { describe, expect, it } from 'bun:test';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyOf, openOddRegistry, type OddAnswer } from '../../test/support/odd-registry.ts';
import { documentOf, IMAGE_INDEX } from '../../test/support/image.ts';
import { remoteRegistry, remoteRepository } from '../../test/support/remote.ts';
import { LATEST } from './reference.ts';
import { Login } from './authorization/login.ts';
import {
  DigestMismatchError,
  LoginRefusedError,
  MalformedReplyError,
  NotFoundError,
  ReplyTooLargeError,
  UnexpectedReplyError,
  UnreachableError,
  UnsafeAddressError,
} from './client-error.ts';

const INDEX = documentOf(IMAGE_INDEX, { schemaVersion: 2, mediaType: IMAGE_INDEX, manifests: [] });

function serveIndex(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': IMAGE_INDEX, 'Docker-Content-Digest': INDEX.digest }).end(INDEX.bytes);
}

/** Wants a token of its own service, good for as often as `isGood` says. */
function withTokens(answer: OddAnswer, challenge: string, isGood: (token: string) => boolean = () => true): OddAnswer {
  let given = 0;
  return async (request, response) => {
    const url = new URL(request.url ?? '', 'http://registry');
    if (url.pathname === '/token') {
      given += 1;
      response.end(JSON.stringify({ token: `token-${given}`, expires_in: 300 }));
      return;
    }
    const token = request.headers.authorization?.replace('Bearer ', '');
    if (token !== undefined && isGood(token)) return await answer(request, response);
    response.writeHead(401, { 'WWW-Authenticate': challenge }).end('{"errors":[{"code":"UNAUTHORIZED"}]}');
  };
}

const always = (_: IncomingMessage, response: ServerResponse): void => serveIndex(response);

describe('who we are', () => {
  it('is said in Basic when asked, and from then on at once', async () => {
    await using odd = await openOddRegistry((request, response) => {
      if (request.headers.authorization !== undefined) serveIndex(response);
      else response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end();
    });
    const repository = remoteRepository(odd.host, 'app', { as: ['bob', 'pw'] });
    for (let time = 0; time < 2; time++) await repository.findManifest(LATEST);
    expect(odd.seen.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      'Basic Ym9iOnB3',
      'Basic Ym9iOnB3',
    ]);
  });

  it('is a token for the scope, asked for once by all who wait for it', async () => {
    await using odd = await openOddRegistry(
      withTokens(always, 'Bearer realm="/token",service="s",scope="repository:app:pull"'),
    );
    const repository = remoteRepository(odd.host, 'app', { as: ['bob', 'pw'] });
    await repository.findManifest(LATEST);
    await Promise.all(Array.from({ length: 5 }, () => repository.findManifest(LATEST)));
    const asked = odd.seen.filter(({ path }) => path.startsWith('/token'));
    expect(asked).toHaveLength(1);
    const query = new URLSearchParams(asked[0]?.path.split('?')[1]);
    expect(query.getAll('scope')).toEqual(['repository:app:pull,push']);
    expect([query.get('service'), query.get('account')]).toEqual(['s', 'bob']);
    expect(asked[0]?.headers.authorization).toBe('Basic Ym9iOnB3');
  });

  it('is another token, once, when one is refused', async () => {
    const revoked = new Set<string>();
    await using odd = await openOddRegistry(
      withTokens(always, 'Bearer realm="/token"', (token) => !revoked.has(token)),
    );
    const repository = remoteRepository(odd.host, 'app');
    await repository.findManifest(LATEST);
    revoked.add('token-1');
    expect(await repository.findManifest(LATEST)).toBeDefined();
    expect(odd.seen.filter(({ path }) => path.startsWith('/token'))).toHaveLength(2);
    await using never = await openOddRegistry(withTokens(always, 'Bearer realm="/token"', () => false));
    expect(remoteRepository(never.host, 'app').findManifest(LATEST)).rejects.toThrow(LoginRefusedError);
    expect(never.seen.filter(({ path }) => path.startsWith('/token'))).toHaveLength(1);
  });

  it('is another token when the time of one is over', async () => {
    await using odd = await openOddRegistry(withTokens(always, 'Bearer realm="/token"'));
    let now = 0;
    const repository = remoteRepository(odd.host, 'app', { now: () => now });
    await repository.findManifest(LATEST);
    now = 269_000;
    await repository.findManifest(LATEST);
    now = 271_000;
    await repository.findManifest(LATEST);
    expect(odd.seen.filter(({ path }) => path.startsWith('/token'))).toHaveLength(2);
  });

  it('is sent as an identity token in a POST', async () => {
    let form = '';
    await using odd = await openOddRegistry(async (request, response) => {
      if (request.url === '/token') {
        form = `${request.method} ${(await bodyOf(request)).toString()}`;
        response.end('{"access_token":"t"}');
      } else if (request.headers.authorization === 'Bearer t') serveIndex(response);
      else response.writeHead(401, { 'WWW-Authenticate': 'Bearer realm="/token",service="s"' }).end();
    });
    const login = async (): Promise<Login> => Login.identityToken('refresh');
    await remoteRepository(odd.host, 'app', { login }).findManifest(LATEST);
    expect(form).toStartWith('POST grant_type=refresh_token&refresh_token=refresh');
  });

  it('is never told to a token service that the registry should not name', async () => {
    await using thief = await openOddRegistry((_, response) => void response.end('{"token":"t"}'));
    await using odd = await openOddRegistry((_, response) => {
      response.writeHead(401, { 'WWW-Authenticate': 'Bearer realm="https://thief.example/token"' }).end();
    });
    const asked = remoteRepository(odd.host, 'app', { as: ['bob', 'pw'] }).findManifest(LATEST);
    expect(asked).rejects.toThrow('--trust-realm thief.example');
    expect(thief.seen).toEqual([]);
  });

  it('is never in an error', async () => {
    await using odd = await openOddRegistry((request, response) => {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end(request.headers.authorization ?? '');
    });
    const error = await failure(remoteRepository(odd.host, 'app', { as: ['bob', 'se-cret'] }).findManifest(LATEST));
    expect(Bun.inspect(error)).not.toContain('se-cret');
  });
});

describe('a redirect', () => {
  it('is followed, and who we are is not told to another host', async () => {
    await using store = await openOddRegistry(always);
    await using odd = await openOddRegistry((request, response) => {
      if (request.headers.authorization === undefined) response.writeHead(401, { 'WWW-Authenticate': 'Basic' }).end();
      else response.writeHead(307, { Location: `${store.url}/elsewhere` }).end();
    });
    await remoteRepository(odd.host, 'app', { as: ['bob', 'pw'] }).findManifest(LATEST);
    expect(store.seen.map(({ path, headers }) => [path, headers.authorization])).toEqual([['/elsewhere', undefined]]);
  });

  it('has an end', async () => {
    await using odd = await openOddRegistry(
      (_, response) => void response.writeHead(302, { Location: '/again' }).end(),
    );
    expect(remoteRepository(odd.host, 'app').findManifest(LATEST)).rejects.toThrow(UnsafeAddressError);
  });

  it('does not lead out of https, nor into our own network', () => {
    const { transport } = remoteRegistry('registry.example.org');
    const base = new URL('https://registry.example.org/v2/');
    for (const location of [
      'http://registry.example.org/x',
      'https://10.1.2.3/x',
      'https://localhost/x',
      'https://[::1]/x',
      'file:///x',
    ]) {
      expect(() => transport.locate(location, base)).toThrow(UnsafeAddressError);
    }
    expect(transport.locate('https://cdn.example.com/x?y', base).href).toBe('https://cdn.example.com/x?y');
    expect(transport.locate('../blobs', base).href).toBe('https://registry.example.org/blobs');
    const trusting = remoteRegistry('registry.example.org', { isInsecure: true });
    expect(trusting.transport.locate('https://10.1.2.3/x', base).hostname).toBe('10.1.2.3');
  });
});

describe('what passes', () => {
  it('is tried again, after as long as the registry asks', async () => {
    let requests = 0;
    await using odd = await openOddRegistry((_, response) => {
      requests += 1;
      if (requests === 1) response.writeHead(429, { 'Retry-After': '7' }).end();
      else if (requests === 2) response.writeHead(503).end();
      else if (requests === 3) response.destroy();
      else serveIndex(response);
    });
    const pauses: number[] = [];
    expect(await remoteRepository(odd.host, 'app', { pauses }).findManifest(LATEST)).toBeDefined();
    // A connection that is cut between two requests, fetch itself opens again.
    expect(pauses.length).toBeGreaterThanOrEqual(2);
    expect(pauses[0]).toBeGreaterThanOrEqual(7000);
    expect(pauses[1]).toBeWithin(500, 1001);
  });

  it('is given up in the end, with what the registry said', async () => {
    const body = '{"errors":[{"code":"TOOMANYREQUESTS","message":"slow\\u001b[2J down"}]}';
    await using odd = await openOddRegistry((_, response) => void response.writeHead(429).end(body));
    const error = await failure(remoteRepository(odd.host, 'app').findManifest(LATEST));
    expect(error).toBeInstanceOf(UnexpectedReplyError);
    expect((error as Error).message).toBe(`${odd.host}: reading app latest: 429 TOOMANYREQUESTS: slow [2J down`);
    expect(odd.seen).toHaveLength(5);
  });

  it('is not worth a wait of an hour', async () => {
    await using odd = await openOddRegistry(
      (_, response) => void response.writeHead(429, { 'Retry-After': '3600' }).end(),
    );
    expect(remoteRepository(odd.host, 'app').findManifest(LATEST)).rejects.toThrow('429');
    expect(odd.seen).toHaveLength(1);
  });

  it('is not that nothing ever listened there', async () => {
    const odd = await openOddRegistry(always);
    await odd[Symbol.asyncDispose]();
    const pauses: number[] = [];
    expect(remoteRepository(odd.host, 'app', { pauses }).findManifest(LATEST)).rejects.toThrow(UnreachableError);
    expect(pauses).toEqual([]);
  });

  it('is a registry that says nothing for too long', async () => {
    let requests = 0;
    await using odd = await openOddRegistry((_, response) => {
      requests += 1;
      if (requests > 1) serveIndex(response);
    });
    const repository = remoteRepository(odd.host, 'app', { stallSeconds: 0.05 });
    expect(await repository.findManifest(LATEST)).toBeDefined();
  });
});

describe('a manifest', () => {
  it('is refused when its bytes are not those of its digest', async () => {
    await using odd = await openOddRegistry((_, response) => {
      response.writeHead(200, { 'Content-Type': IMAGE_INDEX, 'Docker-Content-Digest': INDEX.digest });
      response.end('{"schemaVersion":2,"manifests":[]}');
    });
    expect(remoteRepository(odd.host, 'app').findManifest(LATEST)).rejects.toThrow(DigestMismatchError);
  });

  it('is not read beyond its limit, whether announced or not', async () => {
    await using announced = await openOddRegistry((_, response) => {
      response.writeHead(200, { 'Content-Type': IMAGE_INDEX, 'Content-Length': '5000000000' }).write('{');
    });
    expect(remoteRepository(announced.host, 'app').findManifest(LATEST)).rejects.toThrow(ReplyTooLargeError);
    await using endless = await openOddRegistry((_, response) => {
      const more = (): void => void response.write(Buffer.alloc(65_536, ' '), more);
      more();
    });
    expect(remoteRepository(endless.host, 'app').findManifest(LATEST)).rejects.toThrow(ReplyTooLargeError);
  });

  it('is read by what it says itself where the registry calls everything JSON', async () => {
    await using odd = await openOddRegistry((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(INDEX.bytes);
    });
    expect(await remoteRepository(odd.host, 'app').findManifest(LATEST)).toMatchObject({ digest: INDEX.digest });
    expect(await remoteRepository(odd.host, 'app').findManifestHead(LATEST)).toMatchObject({ digest: INDEX.digest });
  });

  it('is no web page', async () => {
    await using odd = await openOddRegistry((_, response) => void response.end('<html>'));
    expect(remoteRepository(odd.host, 'app').findManifest(LATEST)).rejects.toThrow(MalformedReplyError);
  });
});

describe('the tags', () => {
  for (const elsewhere of ['http://internal.lan:80/', 'http://internal.lan:80//internal.lan/', '/.//internal.lan/']) {
    it(`come page by page, from the registry itself, also when its Link says ${elsewhere}`, async () => {
      await using odd = await openOddRegistry((request, response) => {
        const isFirst = !(request.url ?? '').includes('last=');
        if (isFirst) response.setHeader('Link', `<${elsewhere}v2/app/tags/list?last=b&n=2>; rel="next"`);
        response.end(JSON.stringify({ name: 'app', tags: isFirst ? ['a', 'b'] : ['c', 'not a tag'] }));
      });
      expect(await Array.fromAsync(remoteRepository(odd.host, 'app').tags())).toEqual(['a', 'b', 'c'] as never);
    });
  }

  it('that go in a circle are an error', async () => {
    await using odd = await openOddRegistry((_, response) => {
      response.writeHead(200, { Link: '</v2/app/tags/list?last=a>; rel="next"' }).end('{"tags":["a"]}');
    });
    expect(Array.fromAsync(remoteRepository(odd.host, 'app').tags())).rejects.toThrow('circle');
  });

  it('may be null, and of no repository', async () => {
    await using odd = await openOddRegistry((_, response) => void response.end('{"tags":null}'));
    expect(await Array.fromAsync(remoteRepository(odd.host, 'app').tags())).toEqual([]);
    await using none = await openOddRegistry((_, response) => void response.writeHead(404).end());
    expect(Array.fromAsync(remoteRepository(none.host, 'app').tags())).rejects.toThrow(NotFoundError);
  });
});

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}
