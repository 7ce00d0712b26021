import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'bun:test';
import { EgressClock } from '../../test/support/egress-clock.ts';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { writeLocalCertificates } from '../http/local-certificates.ts';
import { Egress } from './egress.ts';
import { EgressDeniedError, EgressFailedError } from './egress-error.ts';
import type { UpstreamAnswer } from './upstream-http.ts';
import { type OpenOptions, Upstreams, type UpstreamsOptions } from './upstreams.ts';

/** Attacks that registries suffered, by the names under which they are known. Each is tried on what we call others with. */

const opened: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

interface Server {
  readonly port: number;
  readonly url: string;
  readonly requests: Request[];
}

type Tls = Pick<Bun.TLSOptions, 'cert' | 'key'>;

function server(answer: (request: Request) => Response, tls?: Tls): Server {
  const requests: Request[] = [];
  const listening = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    ...(tls !== undefined && { tls }),
    fetch: (request) => {
      requests.push(request.clone() as Request);
      return answer(request);
    },
  });
  opened.push(() => listening.stop(true));
  const port = listening.port ?? 0;
  return { port, url: `http://127.0.0.1:${port}/`, requests };
}

async function certificate(names: readonly string[]): Promise<Required<Tls> & { readonly authorities: string }> {
  const folder = temporaryFolder('egress');
  opened.push(() => removeFolder(folder));
  const made = await writeLocalCertificates({ folder, names, now: new Date() });
  return {
    cert: readFileSync(made.certificatePath, 'utf8'),
    key: readFileSync(made.keyPath, 'utf8'),
    authorities: readFileSync(made.authorityPath, 'utf8'),
  };
}

interface Settings extends Partial<UpstreamsOptions> {
  readonly opening?: Partial<OpenOptions>;
}

const { signal } = new AbortController();

/** What a connection with a password sends. */
const CREDENTIALS = {
  Authorization: 'Basic c2VjcmV0',
  Cookie: 'sid=secret',
  'Proxy-Authorization': 'Basic c2VjcmV0',
  'Private-Token': 'glpat-secret',
  'X-Ovh-Consumer': 'secret',
  'X-Amz-Security-Token': 'secret',
  'X-Registry-Auth': 'secret',
  'Docker-Anything': 'secret',
};

async function call(url: string, { opening, ...settings }: Settings = {}, method = 'GET'): Promise<UpstreamAnswer> {
  const upstreams = new Upstreams({
    allow: ['127.0.0.0/8'],
    userAgent: 'havre/test',
    clock: new EgressClock(),
    resolve: async () => ['127.0.0.1'],
    ...settings,
  });
  const headers = { Accept: 'application/json', ...CREDENTIALS };
  const body = method === 'GET' ? {} : { body: 'secret' };
  return await upstreams.open({ purpose: 'registries', ...opening }).send({ method, url, headers, ...body, signal });
}

async function refusal(calling: Promise<unknown>): Promise<string> {
  const error: unknown = await calling.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(EgressDeniedError);
  return (error as Error).message;
}

function saidTo({ requests }: Server): string {
  return JSON.stringify(requests.map(({ method, url, headers }) => [method, url, [...headers]]));
}

describe('server-side request forgery: CVE-2020-13788, CVE-2026-2377, CVE-2026-32591, CVE-2026-85471', () => {
  /** Forms of the addresses of this machine and of cloud metadata, as names lead to them. */
  const inside = [
    ['loopback', '127.0.0.1'],
    ['all of loopback', '127.255.255.254'],
    ['this host', '0.0.0.0'],
    ['private', '10.0.0.1'],
    ['private', '172.16.0.1'],
    ['private', '192.168.0.1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['metadata', '169.254.169.254'],
    ['metadata of Alibaba', '100.100.100.200'],
    ['metadata of Azure', '168.63.129.16'],
    ['metadata of Oracle', '192.0.0.192'],
    ['loopback in IPv6', '::1'],
    ['nowhere in IPv6', '::'],
    ['IPv4-mapped', '::ffff:127.0.0.1'],
    ['IPv4-mapped, in hexadecimal', '::ffff:7f00:1'],
    ['IPv4-mapped metadata', '::ffff:a9fe:a9fe'],
    ['IPv4-compatible', '::7f00:1'],
    ['IPv4-translated', '::ffff:0:127.0.0.1'],
    ['NAT64', '64:ff9b::7f00:1'],
    ['NAT64 metadata', '64:ff9b::a9fe:a9fe'],
    ['local NAT64', '64:ff9b:1::7f00:1'],
    ['6to4', '2002:7f00:1::1'],
    ['6to4 metadata', '2002:a9fe:a9fe::1'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['unique local', 'fd00::1'],
    ['metadata of AWS in IPv6', 'fd00:ec2::254'],
    ['link-local', 'fe80::1'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
  ] as const;
  for (const [what, address] of inside) {
    it(`does not reach ${what} by a name: ${address}`, async () => {
      const message = await refusal(
        call('https://registry.example.org/', { allow: [], resolve: async () => [address] }),
      );
      expect(message).toContain('registry.example.org');
      expect(message).not.toContain(address);
    });
    it(`does not reach ${what} where it is written: ${address}`, async () => {
      await refusal(call(`https://${address.includes(':') ? `[${address}]` : address}/`, { allow: [] }));
    });
  }

  it('does not reach metadata even where the operator lets a name through', async () => {
    await refusal(call('https://harbor.lan/', { allow: ['harbor.lan'], resolve: async () => ['169.254.169.254'] }));
  });

  it('DNS rebinding: goes to the address that was checked, and checks again for the next request', async () => {
    const ours = server(() => new Response('checked'));
    const answers = [['127.0.0.1'], ['169.254.169.254'], ['127.0.0.1', '10.0.0.1']];
    const resolve = async () => answers.shift() ?? [];
    const url = `http://rebinding.example.org:${ours.port}/`;
    const { body } = await call(url, { resolve });
    expect(new TextDecoder().decode(body)).toBe('checked');
    expect(answers).toHaveLength(2);
    await refusal(call(url, { resolve }));
    await refusal(call(url, { resolve }));
    expect(ours.requests).toHaveLength(1);
  });

  it('DNS rebinding: checks the name of a redirect when it is followed', async () => {
    const ours = server((request) => Response.redirect(`${request.url}again`, 302));
    const answers = [['127.0.0.1'], ['169.254.169.254']];
    await refusal(call(`http://rebinding.example.org:${ours.port}/`, { resolve: async () => answers.shift() ?? [] }));
    expect(ours.requests).toHaveLength(1);
  });

  const targets = [
    'http://169.254.169.254/latest/meta-data/iam/security-credentials/',
    'http://[::ffff:169.254.169.254]/latest/meta-data/',
    'http://[fd00:ec2::254]/latest/meta-data/',
    'http://metadata.google.internal/computeMetadata/v1/',
    'http://2852039166/latest/meta-data/',
    'http://0xa9fea9fe/',
    'http://10.0.0.1/',
    '//169.254.169.254/',
    'https:\\\\169.254.169.254\\',
    'https://user:secret@127.0.0.1/',
    'file:///etc/passwd',
    'gopher://127.0.0.1:6379/_FLUSHALL',
    'javascript:alert(1)',
    'http://[',
  ] as const;
  for (const target of targets) {
    it(`does not follow a redirect to ${target}`, async () => {
      const ours = server(() => new Response('', { status: 302, headers: { Location: target } }));
      const resolve = async (name: string) => [name.startsWith('metadata') ? '169.254.169.254' : '127.0.0.1'];
      await refusal(call(ours.url, { resolve }));
      expect(ours.requests).toHaveLength(1);
    });
  }

  it('does not follow a redirect from outside into what the operator lets us call ourselves', async () => {
    const inner = server(() => new Response('inside'));
    const upstreams = new Upstreams({ allow: ['127.0.0.0/8'], userAgent: 'havre/test' });
    expect(
      (await upstreams.open({ purpose: 'registries' }).send({ method: 'GET', url: inner.url, signal })).status,
    ).toBe(200);
    const egress = new Egress({ purpose: 'registries', allow: ['127.0.0.0/8'], userAgent: 'havre/test' });
    await refusal(egress.send({ method: 'GET', url: inner.url, maxBytes: 100, isPublicOnly: true }));
    expect(inner.requests).toHaveLength(1);
  });

  it('nor does an answer that names a place there, such as the realm of a token', async () => {
    const inner = server(() => new Response('secret'));
    const upstreams = new Upstreams({ allow: ['127.0.0.0/8'], userAgent: 'havre/test', clock: new EgressClock() });
    const http = upstreams.open({ purpose: 'registries' });
    await refusal(http.send({ method: 'GET', url: inner.url, isPublicOnly: true, signal }));
    expect(inner.requests).toEqual([]);
    expect((await http.send({ method: 'GET', url: inner.url, signal })).isPublic).toBe(false);
  });

  it('does not speak for others by what is in a header', async () => {
    const ours = server(() => new Response());
    const http = new Upstreams({ allow: ['127.0.0.0/8'], userAgent: 'havre/test' }).open({ purpose: 'registries' });
    const headers = { Authorization: 'Bearer a\r\nHost: elsewhere.example.org' };
    await refusal(http.send({ method: 'GET', url: ours.url, headers, signal }));
    expect(ours.requests).toHaveLength(0);
  });

  it('does not use the proxies that the environment names', async () => {
    const proxy = server(() => new Response('proxy'));
    const ours = server(() => new Response('ours'));
    const before = process.env['HTTP_PROXY'];
    process.env['HTTP_PROXY'] = proxy.url;
    try {
      expect(new TextDecoder().decode((await call(ours.url)).body)).toBe('ours');
      expect(proxy.requests).toHaveLength(0);
    } finally {
      if (before === undefined) delete process.env['HTTP_PROXY'];
      else process.env['HTTP_PROXY'] = before;
    }
  });
});

describe('credentials for somebody else: CVE-2026-33540, CVE-2020-15157, and redirects of regclient and go-containerregistry', () => {
  for (const status of [301, 302, 303, 307, 308]) {
    it(`leaves them behind when another port of the host is named by ${status}`, async () => {
      const other = server(() => new Response('other'));
      const ours = server(() => Response.redirect(other.url, status));
      const answer = await call(ours.url);
      expect(answer.url).toBe(other.url);
      expect(saidTo(ours)).toContain('Basic c2VjcmV0');
      expect(saidTo(other)).not.toMatch(/secret|c2VjcmV0/);
      expect(saidTo(other)).toContain('application/json');
    });
  }

  it('leaves them behind at a name below the same domain, and at an address of the same machine', async () => {
    const other = server(() => new Response('other'));
    for (const host of ['evil.registry.example.org', 'registry.example.org.evil.example', '127.0.0.1']) {
      const ours = server(() => Response.redirect(`http://${host}:${other.port}/`, 307));
      await call(`http://registry.example.org:${ours.port}/`);
    }
    expect(other.requests).toHaveLength(3);
    expect(saidTo(other)).not.toMatch(/secret|c2VjcmV0/);
  });

  it('does not take them up again when it is sent back', async () => {
    const ours: Server = server((request) =>
      request.url.endsWith('/back') ? new Response('back') : Response.redirect(other.url, 302),
    );
    const other: Server = server(() => Response.redirect(`${ours.url}back`, 302));
    await call(ours.url);
    expect(saidTo({ ...ours, requests: ours.requests.slice(1) })).not.toMatch(/secret|c2VjcmV0/);
  });

  it('keeps them at the same host', async () => {
    const ours = server((request) => (request.url.endsWith('/b') ? new Response() : Response.redirect('/b', 302)));
    await call(ours.url);
    expect(saidTo({ ...ours, requests: ours.requests.slice(1) })).toContain('Basic c2VjcmV0');
  });

  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    it(`sends the body of a ${method} to nobody else`, async () => {
      const other = server(() => new Response());
      const ours = server(() => Response.redirect(other.url, 307));
      await refusal(call(ours.url, {}, method));
      expect(other.requests).toHaveLength(0);
    });
  }

  it('does not go from https to http, at the same host neither', async () => {
    const { authorities, ...tls } = await certificate(['registry.example.org']);
    const plain = server(() => new Response('plain'));
    for (const host of ['registry.example.org', 'other.example.org']) {
      const ours = server(() => Response.redirect(`http://${host}:${plain.port}/`, 302), tls);
      const message = await refusal(call(`https://registry.example.org:${ours.port}/`, { opening: { authorities } }));
      expect(message).toContain('out of https');
    }
    expect(plain.requests).toHaveLength(0);
  });

  it('sends nothing, and no certificate of ours, to who shows a wrong certificate', async () => {
    const { authorities, ...tls } = await certificate(['elsewhere.example.org']);
    const ours = server(() => new Response(), tls);
    const error: unknown = await call(`https://registry.example.org:${ours.port}/`, { opening: { authorities } }).catch(
      (failure: unknown) => failure,
    );
    expect(error).toBeInstanceOf(EgressFailedError);
    expect(error).toMatchObject({ tls: { problem: 'other-names', certificate: { names: ['elsewhere.example.org'] } } });
    expect(ours.requests).toHaveLength(0);
  });

  it('says nothing of them in what it says went wrong', async () => {
    const ours = server(() => Response.redirect('http://10.0.0.1/', 302));
    const message = await refusal(call(ours.url));
    expect(message).not.toMatch(/secret|c2VjcmV0/);
  });
});

describe('one right taken for another: CVE-2026-31801, and robots that were known by the beginning of their names', () => {
  const allowances = [
    ['a name that ends in one that is let through', ['lan.example'], 'http://evil-lan.example:PORT/'],
    ['a name below one that is let through', ['lan.example'], 'http://evil.lan.example:PORT/'],
    ['a name that begins with one that is let through', ['lan.example'], 'http://lan.example.evil.example:PORT/'],
    ['another port than the one that is let through', ['lan.example:1'], 'http://lan.example:PORT/'],
    ['what is let through for another purpose', ['webhooks=127.0.0.0/8'], 'http://127.0.0.1:PORT/'],
    ['what is let through for a purpose that begins like ours', ['registries-x=127.0.0.0/8'], 'http://127.0.0.1:PORT/'],
    ['an address beside the network that is let through', ['127.0.1.0/24'], 'http://127.0.0.1:PORT/'],
  ] as const;
  for (const [what, allow, url] of allowances) {
    it(`does not call ${what}`, async () => {
      const ours = server(() => new Response());
      await refusal(call(url.replace('PORT', String(ours.port)), { allow }));
      expect(ours.requests).toHaveLength(0);
    });
  }

  it('does not count one account on the budget of another whose name looks like it', async () => {
    const spent = { 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '0' };
    const ours = server(() => new Response('', { headers: spent }));
    const upstreams = new Upstreams({ allow: ['127.0.0.0/8'], userAgent: 'havre/test', clock: new EgressClock() });
    for (const account of ['a', 'a) (b', 'A', 'a ', undefined]) {
      const http = upstreams.open({ purpose: 'registries', ...(account !== undefined && { account }) });
      await http.send({ method: 'GET', url: ours.url, signal });
    }
    expect(upstreams.gauges()).toHaveLength(5);
  });

  it('does not take what it is sent to after a deletion for its success', async () => {
    const ours = server(() => Response.redirect('/v2/other/manifests/latest', 303));
    await refusal(call(`${ours.url}v2/ours/manifests/latest`, {}, 'DELETE'));
    expect(ours.requests.map(({ method }) => method)).toEqual(['DELETE']);
  });
});
