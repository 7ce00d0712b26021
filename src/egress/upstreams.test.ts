import { afterEach, describe, expect, it } from 'bun:test';
import { EgressDeniedError, EgressFailedError } from './egress-error.ts';
import { type OpenOptions, Upstreams } from './upstreams.ts';

const servers: { stop(force: boolean): unknown }[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(true);
});

function upstream(answer: (request: Request) => Response | Promise<Response>): { url: string; requests: Request[] } {
  const requests: Request[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request) => {
      requests.push(request.clone() as Request);
      return answer(request);
    },
  });
  servers.push(server);
  return { url: `http://127.0.0.1:${server.port}`, requests };
}

function open(options: Partial<OpenOptions> = {}) {
  return new Upstreams({ allow: ['127.0.0.0/8'], userAgent: 'havre/test' }).open({ purpose: 'registries', ...options });
}

const { signal } = new AbortController();

describe('an upstream', () => {
  it('answers, from where its redirects lead', async () => {
    const { url } = upstream((request) =>
      new URL(request.url).pathname === '/a' ? Response.redirect('/b', 302) : new Response('there'),
    );
    const answer = await open().send({ method: 'GET', url: `${url}/a`, signal });
    expect([answer.url, new TextDecoder().decode(answer.body)]).toEqual([`${url}/b`, 'there']);
  });

  it('may not answer with more than is read', async () => {
    const { url } = upstream(() => new Response('123456'));
    const sending = (maxBytes: number) => open().send({ method: 'GET', url, maxBytes, signal });
    expect((await sending(6)).body).toHaveLength(6);
    expect(await sending(5).catch((error: unknown) => error)).toMatchObject({ reason: 'too-large' });
  });

  it('is not called where the operator does not let us', async () => {
    const { url } = upstream(() => new Response());
    const closed = new Upstreams({ allow: [], userAgent: 'havre/test' }).open({ purpose: 'registries' });
    expect(closed.send({ method: 'GET', url, signal })).rejects.toBeInstanceOf(EgressDeniedError);
  });

  it('does not redirect on and on', async () => {
    const { url, requests } = upstream((request) => Response.redirect(request.url, 302));
    const error = await open()
      .send({ method: 'GET', url, signal })
      .catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(EgressFailedError);
    expect(requests).toHaveLength(6);
  });
});
