import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'bun:test';
import { clientCertificate } from '../../test/support/client-certificate.ts';
import { EgressClock } from '../../test/support/egress-clock.ts';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { writeLocalCertificates } from '../http/local-certificates.ts';
import { EgressFailedError, type TlsProblem } from './egress-error.ts';
import { type OpenOptions, Upstreams } from './upstreams.ts';

const opened: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly authorities: string;
}

async function certificate(now = new Date(), names = ['registry.example.org', '10.0.0.1']): Promise<Certificate> {
  const folder = temporaryFolder('egress');
  opened.push(() => removeFolder(folder));
  const made = await writeLocalCertificates({ folder, names, now });
  return {
    cert: readFileSync(made.certificatePath, 'utf8'),
    key: readFileSync(made.keyPath, 'utf8'),
    authorities: readFileSync(made.authorityPath, 'utf8'),
  };
}

function serve(
  { cert, key }: Certificate,
  tls: Partial<Bun.TLSOptions> = {},
  answer: () => Response = () => new Response('in'),
): number {
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    tls: { cert, key, ...tls },
    fetch: answer,
  });
  opened.push(() => server.stop(true));
  return server.port ?? 0;
}

const { signal } = new AbortController();

async function status(port: number, options: Partial<OpenOptions> = {}, host = 'registry.example.org') {
  const upstreams = new Upstreams({
    allow: ['127.0.0.0/8'],
    userAgent: 'havre/test',
    resolve: async () => ['127.0.0.1'],
    clock: new EgressClock(),
  });
  const http = upstreams.open({ purpose: 'registries', ...options });
  return (await http.send({ method: 'GET', url: `https://${host}:${port}/`, signal })).status;
}

async function failure(asking: Promise<unknown>): Promise<EgressFailedError> {
  const error: unknown = await asking.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(EgressFailedError);
  return error as EgressFailedError;
}

describe('a certificate', () => {
  it('is believed by the authority of a connection', async () => {
    const ours = await certificate();
    expect(await status(serve(ours), { authorities: ours.authorities })).toBe(200);
  });

  const YEARS = 365 * 24 * 3600 * 1000;
  const refused: readonly (readonly [TlsProblem, age: number, host: string, isKnown: boolean])[] = [
    ['unknown-authority', 0, 'registry.example.org', false],
    ['other-names', 0, 'other.example.org', true],
    ['expired', -10 * YEARS, 'registry.example.org', true],
    ['not-yet-valid', 10 * YEARS, 'registry.example.org', true],
  ];
  for (const [problem, age, host, isKnown] of refused) {
    it(`that is not believed is told of: ${problem}`, async () => {
      const ours = await certificate(new Date(Date.now() + age));
      const error = await failure(status(serve(ours), isKnown ? { authorities: ours.authorities } : {}, host));
      expect([error.reason, error.tls?.problem]).toEqual(['tls', problem]);
      const shown = error.tls?.certificate;
      expect(shown?.names).toEqual(['registry.example.org', '10.0.0.1']);
      expect(shown?.subject).toBe('CN=registry.example.org');
      expect(shown?.issuer).toMatch(/^CN=Havre local authority/);
      const time = Date.now() + age;
      expect(Math.abs((shown?.validFrom.getTime() ?? 0) - time)).toBeLessThan(YEARS / 52);
      expect(shown?.validTo.getTime()).toBeGreaterThan(time);
    });
  }

  it('of ours is shown to who wants one', async () => {
    const ours = await certificate();
    const client = await clientCertificate('havre');
    const port = serve(ours, { ca: client.authority, requestCert: true, rejectUnauthorized: true });
    const { authorities } = ours;
    expect((await failure(status(port, { authorities }))).tls?.problem).toBe('wants-certificate');
    const { certificate: pem, key: clientKey } = client;
    expect(await status(port, { authorities, clientCertificate: pem, clientKey })).toBe(200);
  });

  it('of ours is not shown to who we are sent to', async () => {
    const ours = await certificate();
    const { authority, certificate: pem, key: clientKey } = await clientCertificate('havre');
    const curious = serve(ours, { ca: authority, requestCert: true, rejectUnauthorized: true });
    const port = serve(ours, {}, () => Response.redirect(`https://registry.example.org:${curious}/`, 302));
    const options = { authorities: ours.authorities, clientCertificate: pem, clientKey };
    expect(await status(curious, options)).toBe(200);
    expect((await failure(status(port, options))).tls?.problem).toBe('wants-certificate');
  });

  it('that nobody can read is told of, and its key is not', async () => {
    const ours = await certificate();
    const port = serve(ours);
    const unreadable = { authorities: ours.authorities, clientCertificate: 'rubbish', clientKey: 'canary' };
    const error = await failure(status(port, unreadable));
    expect(error.tls?.problem).toBe('own-certificate');
    expect(Bun.inspect(error)).not.toContain('canary');
    expect((await failure(status(port, { authorities: 'rubbish' }))).tls?.problem).toBe('own-authorities');
  });

  it('is no failure of the other end: it is asked again at once, by who believes it', async () => {
    const ours = await certificate();
    const port = serve(ours);
    for (let left = 10; left > 0; left -= 1) await failure(status(port));
    expect(await status(port, { authorities: ours.authorities })).toBe(200);
  });

  it('is not there where nobody speaks TLS', async () => {
    const plain = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() });
    opened.push(() => plain.stop(true));
    const other = createServer((socket) => socket.on('error', () => undefined).end('SSH-2.0-OpenSSH\r\n'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    opened.push(() => other.close());
    const address = other.address();
    for (const port of [plain.port ?? 0, typeof address === 'object' ? (address?.port ?? 0) : 0]) {
      const { tls } = await failure(status(port));
      expect(tls).toEqual({ problem: 'no-tls' });
    }
  });
});
