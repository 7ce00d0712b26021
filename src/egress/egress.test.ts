import { createServer, type Server } from 'node:net';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'bun:test';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { writeLocalCertificates } from '../http/local-certificates.ts';
import { Egress, type EgressOptions } from './egress.ts';
import { EgressDeniedError, EgressFailedError } from './egress-error.ts';

/** What is to be undone after a test. */
const opened: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

function egress(options: Partial<EgressOptions> = {}): Egress {
  return new Egress({
    purpose: 'webhooks',
    allow: [],
    userAgent: 'havre/test',
    resolve: async () => ['127.0.0.1'],
    ...options,
  });
}

function receiver(answer: (request: Request) => Response | Promise<Response>): { port: number; url: string } {
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: answer });
  opened.push(() => server.stop(true));
  return { port: server.port ?? 0, url: `http://127.0.0.1:${server.port}/hook` };
}

/** Takes connections and never says anything. */
async function silentPort(): Promise<number> {
  const sockets = new Set<{ destroy(): void }>();
  const server: Server = createServer((socket) => void sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

function send(client: Egress, url: string, headers: Record<string, string> = {}) {
  return client.send({ method: 'POST', url, headers, body: new TextEncoder().encode('body'), maxBytes: 100 });
}

async function refusal(client: Egress, url: string): Promise<string> {
  const error: unknown = await send(client, url).then(
    () => undefined,
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(EgressDeniedError);
  return (error as EgressDeniedError).message;
}

/** What is said when it fails for a reason that may pass. */
async function failureOf(sending: Promise<unknown>): Promise<string> {
  const error: unknown = await sending.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(EgressFailedError);
  return (error as EgressFailedError).message;
}

describe('what may never be called', () => {
  const hostile = [
    ['an address written as a number', 'https://2130706433/'],
    ['octal', 'https://0177.0.0.1/'],
    ['hexadecimal', 'https://0x7f.0x0.0x0.0x1/'],
    ['short', 'https://127.1/'],
    ['a final dot', 'https://127.0.0.1./'],
    ['digits of another script', 'https://①②⑦.⓪.⓪.①/'],
    ['full stops of another script', 'https://127。0。0。1/'],
    ['percent signs', 'https://%31%32%37.0.0.1/'],
    ['slashes of another kind', 'https:\\\\127.0.0.1\\'],
    ['zero', 'https://0/'],
    ['a private network', 'https://10.1.2.3/'],
    ['another private network', 'https://192.168.1.1/'],
    ['carrier-grade NAT, and a metadata service in it', 'https://100.100.100.200/'],
    ['metadata of clouds', 'https://169.254.169.254/latest/meta-data/'],
    ['metadata of Azure', 'https://168.63.129.16/'],
    ['multicast', 'https://224.0.0.1/'],
    ['broadcast', 'https://255.255.255.255/'],
    ['benchmarking', 'https://198.18.0.1/'],
    ['loopback', 'https://[::1]/'],
    ['nowhere', 'https://[::]/'],
    ['IPv4 mapped', 'https://[::ffff:127.0.0.1]/'],
    ['IPv4 compatible', 'https://[::127.0.0.1]/'],
    ['IPv4 compatible, of our own network', 'https://[::a01:203]/'],
    ['IPv4 translated', 'https://[::ffff:0:7f00:1]/'],
    ['NAT64', 'https://[64:ff9b::7f00:1]/'],
    ['NAT64 of a provider', 'https://[64:ff9b:1::7f00:1]/'],
    ['6to4', 'https://[2002:7f00:1::]/'],
    ['Teredo', 'https://[2001:0:7f00:1::1]/'],
    ['a unique local address', 'https://[fd00:ec2::254]/'],
    ['a link-local address', 'https://[fe80::1]/'],
    ['a site-local address', 'https://[fec0::1]/'],
    ['a user before the host', 'https://example.org@127.0.0.1/'],
    ['a password', 'https://user:secret@example.org/'],
    ['another protocol', 'file:///etc/passwd'],
    ['gopher', 'gopher://127.0.0.1:6379/_FLUSHALL'],
    ['no URL', 'example.org'],
    ['an empty part of a name', 'https://example..org/'],
    ['a port of mail', 'https://93.184.216.34:25/'],
    ['a port of a database', 'https://93.184.216.34:6379/'],
    ['http', 'http://93.184.216.34/'],
  ] as const;
  for (const [what, url] of hostile) {
    it(`is ${what}: ${url}`, async () => {
      const client = egress();
      expect(() => client.check(url)).toThrow(EgressDeniedError);
      await refusal(client, url);
    });
  }

  const answers = [
    ['to loopback', ['127.0.0.1']],
    ['to a private address', ['10.0.0.1']],
    ['to metadata', ['169.254.169.254']],
    ['to a mapped address', ['::ffff:10.0.0.1']],
    ['to a public and a private address', ['93.184.216.34', '10.0.0.1']],
    ['to what is no address', ['0x7f.1']],
  ] as const;
  for (const [what, addresses] of answers) {
    it(`is a name that leads ${what}, and the message does not say where`, async () => {
      const message = await refusal(egress({ resolve: async () => addresses }), 'https://hooks.example.org/');
      expect(message).toContain('hooks.example.org');
      for (const address of addresses) expect(message).not.toContain(address);
    });
  }

  it('is a name by plain http, wherever it leads', async () => {
    const message = await refusal(egress({ resolve: async () => ['93.184.216.34'] }), 'http://hooks.example.org/');
    expect(message).toContain('by https only');
  });
});

describe('what the operator lets through', () => {
  it('is an address of a network', async () => {
    const { url } = receiver(async (request) => new Response(`${request.method} ${await request.text()}`));
    const answer = await send(egress({ allow: ['127.0.0.0/8'] }), url);
    expect(answer.status).toBe(200);
    expect(new TextDecoder().decode(answer.body)).toBe('POST body');
  });

  it('is a host by its name, whatever private address it has', async () => {
    const { port } = receiver((request) => new Response(request.headers.get('host')));
    const client = egress({ allow: ['Hooks.lan'] });
    const answer = await send(client, `http://hooks.lan.:${port}/`);
    expect(new TextDecoder().decode(answer.body)).toBe(`hooks.lan.:${port}`);
    await refusal(client, `http://other.lan:${port}/`);
  });

  it('is for one purpose where it says so', async () => {
    const { url } = receiver(() => new Response());
    const allow = ['upstreams=127.0.0.0/8'];
    await refusal(egress({ allow }), url);
    expect((await send(egress({ allow, purpose: 'upstreams' }), url)).status).toBe(200);
  });

  it('is a port that nobody else may have', () => {
    egress({ allow: ['hooks.lan:25'] }).check('https://hooks.lan:25/');
    egress({ allow: ['[::1]:25'] }).check('http://[::1]:25/');
    expect(() => egress({ allow: ['127.0.0.1:9000'] }).check('https://127.0.0.1:9001/')).toThrow(EgressDeniedError);
    expect(() => egress({ allow: ['hooks.lan'] }).check('https://hooks.lan:25/')).toThrow(EgressDeniedError);
  });

  it('does not include metadata by the name of a host that leads there', async () => {
    const client = egress({ allow: ['hooks.lan'], resolve: async () => ['169.254.169.254'] });
    await refusal(client, 'http://hooks.lan/');
  });
});

describe('a call', () => {
  it('goes to the address that was checked, whatever the name says a moment later', async () => {
    const { port } = receiver(() => new Response('the checked one'));
    const answers = [['127.0.0.1'], ['10.66.66.66']];
    const client = egress({ allow: ['127.0.0.1/32'], resolve: async () => answers.shift() ?? [] });
    const answer = await send(client, `http://rebinding.example.org:${port}/`);
    expect(new TextDecoder().decode(answer.body)).toBe('the checked one');
    // Asked once: the second answer is still there, and is refused when it comes.
    expect(answers).toHaveLength(1);
    await refusal(client, `http://rebinding.example.org:${port}/`);
  });

  it('tries the next address when nothing listens at the first', async () => {
    const { port } = receiver(() => new Response('here'));
    const client = egress({ allow: ['127.0.0.0/8'], resolve: async () => ['127.0.0.99', '127.0.0.1'] });
    expect((await send(client, `http://two.example.org:${port}/`)).status).toBe(200);
  });

  it('does not follow redirects, and so takes no credentials elsewhere', async () => {
    const seen: string[] = [];
    const second = receiver((request) => {
      seen.push(request.headers.get('authorization') ?? '');
      return new Response();
    });
    const first = receiver(() => new Response('', { status: 307, headers: { Location: second.url } }));
    const answer = await send(egress({ allow: ['127.0.0.0/8'] }), first.url, { Authorization: 'Bearer secret' });
    expect(answer.status).toBe(307);
    expect(seen).toEqual([]);
  });

  it('does not go by the proxy of the environment, which would look up the name again', async () => {
    const { url } = receiver(() => new Response('straight'));
    process.env['HTTP_PROXY'] = 'http://127.0.0.1:1';
    opened.push(() => delete process.env['HTTP_PROXY']);
    expect((await send(egress({ allow: ['127.0.0.0/8'] }), url)).status).toBe(200);
  });

  it('reads no more of the answer than is wanted', async () => {
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
    });
    const { url } = receiver(() => new Response(endless));
    expect((await send(egress({ allow: ['127.0.0.0/8'] }), url)).body).toHaveLength(100);
  });

  it('does not unpack what is compressed: a small answer stays small', async () => {
    const packed = Bun.gzipSync(new Uint8Array(10_000_000));
    const { url } = receiver(() => new Response(packed, { headers: { 'Content-Encoding': 'gzip' } }));
    const { body } = await send(egress({ allow: ['127.0.0.0/8'] }), url);
    expect([...body.subarray(0, 2)]).toEqual([0x1f, 0x8b]);
  });

  it('ends when nobody answers in time, the handshake of TLS included', async () => {
    const port = await silentPort();
    const client = egress({ allow: ['127.0.0.0/8'], connectSeconds: 0.05 });
    expect(await failureOf(send(client, `https://silent.example.org:${port}/`))).toContain('it does not answer');
  });

  it('ends when the answer does not come in time', async () => {
    const port = await silentPort();
    const client = egress({ allow: ['127.0.0.0/8'], totalSeconds: 0.05 });
    expect(await failureOf(send(client, `http://127.0.0.1:${port}/`))).toContain('took too long');
  });

  it('ends when the answer never ends', async () => {
    const drip = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new Uint8Array(1)) });
    const { url } = receiver(() => new Response(drip));
    const client = egress({ allow: ['127.0.0.0/8'], totalSeconds: 0.05 });
    expect(await failureOf(send(client, url))).toContain('took too long');
  });

  it('ends when the name is not looked up in time', async () => {
    const client = egress({ resolve: () => new Promise(() => undefined), totalSeconds: 0.05 });
    expect(await failureOf(send(client, 'https://slow.example.org/'))).toContain('cannot be looked up');
  });

  it('says why nobody could be reached, and nothing of what was answered', async () => {
    const { port } = receiver(() => new Response('internal secret'));
    const client = egress({ allow: ['127.0.0.0/8'] });
    expect(await failureOf(send(client, `https://127.0.0.1:${port}/`))).toMatch(
      /^127\.0\.0\.1:\d+ could not be called: [^:]+\.$/,
    );
    expect(await failureOf(send(client, 'http://127.0.0.1:1025/'))).toContain('nothing listens there');
  });

  it('is stopped by whoever asked', async () => {
    const port = await silentPort();
    const stopping = new AbortController();
    const sending = egress({ allow: ['127.0.0.0/8'] }).send({
      method: 'GET',
      url: `http://127.0.0.1:${port}/`,
      maxBytes: 1,
      signal: stopping.signal,
    });
    stopping.abort(new Error('stopping'));
    expect(await sending.catch((error: unknown) => String(error))).toBe('Error: stopping');
  });
});

describe('TLS', () => {
  async function secureReceiver(): Promise<{ port: number; authorities: string }> {
    const folder = temporaryFolder('egress');
    opened.push(() => removeFolder(folder));
    const made = await writeLocalCertificates({ folder, names: ['hooks.example.org'], now: new Date() });
    const server = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      tls: { cert: readFileSync(made.certificatePath, 'utf8'), key: readFileSync(made.keyPath, 'utf8') },
      fetch: (request) => new Response(request.headers.get('host')),
    });
    opened.push(() => server.stop(true));
    return { port: server.port ?? 0, authorities: readFileSync(made.authorityPath, 'utf8') };
  }

  it('is checked against the name, not against the address', async () => {
    const { port, authorities } = await secureReceiver();
    const client = egress({ allow: ['127.0.0.0/8'], authorities });
    const answer = await send(client, `https://hooks.example.org:${port}/`);
    expect(new TextDecoder().decode(answer.body)).toBe(`hooks.example.org:${port}`);
    expect(await failureOf(send(client, `https://other.example.org:${port}/`))).toContain(
      'its certificate is for other names',
    );
    expect(await failureOf(send(client, `https://127.0.0.1:${port}/`))).toContain('its certificate is for other names');
  });

  it('is not believed where nobody known signed', async () => {
    const { port } = await secureReceiver();
    expect(await failureOf(send(egress({ allow: ['127.0.0.0/8'] }), `https://hooks.example.org:${port}/`))).toContain(
      'signed by nobody known here',
    );
  });
});
