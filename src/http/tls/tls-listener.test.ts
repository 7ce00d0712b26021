import { afterEach, describe, expect, it } from 'bun:test';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type PeerCertificate, type TLSSocket } from 'node:tls';
import { writeLocalCertificates } from '../local-certificates.ts';
import { type Handler, type Listener, type ListenerOptions, openListener } from '../listener.ts';
import { KeyPairError } from './key-pair.ts';

const running: Listener[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const listener of running.splice(0)) await listener.stop(0);
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

interface Opened {
  readonly listener: Listener;
  readonly folder: string;
  readonly files: { readonly certificate: string; readonly key: string };
  readonly warnings: string[];
}

async function newPair(
  name: string,
  now = new Date(),
): Promise<{ readonly certificate: string; readonly key: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'havre-'));
  folders.push(folder);
  const { certificatePath, keyPath } = await writeLocalCertificates({ folder, names: [name, '127.0.0.1'], now });
  return { certificate: certificatePath, key: keyPath };
}

/** A listener whose certificate says `first.lan`. */
async function open(handler: Handler, options: Partial<ListenerOptions['tls']> = {}): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'havre-'));
  folders.push(folder);
  const files = { certificate: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
  install(await newPair('first.lan'), files);
  const warnings: string[] = [];
  const log = {
    info: () => {},
    warn: (fields: object, message: string) => void warnings.push(message + Bun.inspect(fields)),
  };
  const listener = await openListener({ address: '127.0.0.1:0', tls: { ...files, ...options }, log }, handler);
  running.push(listener);
  return { listener, folder, files, warnings };
}

function install(from: Opened['files'], to: Opened['files']): void {
  for (const kind of ['certificate', 'key'] as const) {
    copyFileSync(from[kind], `${to[kind]}.new`);
    renameSync(`${to[kind]}.new`, to[kind]);
  }
}

function connectTo({ port }: Listener, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: port ?? 0, rejectUnauthorized: false, ...options });
    socket.once('secureConnect', () => resolve(socket));
    socket.once('error', reject);
  });
}

async function nameServed(listener: Listener): Promise<string> {
  const socket = await connectTo(listener);
  const certificate: PeerCertificate = socket.getPeerCertificate();
  socket.destroy();
  return String(certificate.subject.CN);
}

/** Sends a request on an open connection and waits for the end of its reply. */
async function askOn(socket: TLSSocket): Promise<string> {
  const reply = Promise.withResolvers<string>();
  let text = '';
  const onData = (bytes: Buffer): void => {
    text += bytes.toString();
    if (text.endsWith('body')) reply.resolve(text);
  };
  socket.on('data', onData);
  socket.once('close', () => reply.reject(new Error('closed')));
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const answer = await reply.promise;
  socket.off('data', onData);
  return answer;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (await condition()) return;
    await Bun.sleep(20);
  }
  throw new Error('it never became so');
}

describe('a listener with a certificate', () => {
  it('speaks HTTPS and says so', async () => {
    const { listener } = await open((_request, { secure, host }) => Response.json({ secure, host }));
    expect(listener.url).toBe(`https://127.0.0.1:${listener.port}`);
    const response = await fetch(listener.url, { tls: { rejectUnauthorized: false } });
    expect(await response.json()).toEqual({ secure: true, host: `127.0.0.1:${listener.port}` });
    expect(listener.certificate?.names).toEqual(['first.lan', '127.0.0.1']);
  });

  it('finds out that its port is taken', async () => {
    const { listener, files } = await open(() => new Response('body'));
    const second = openListener({ address: `127.0.0.1:${listener.port}`, tls: files }, () => new Response('stolen'));
    expect(String(await second.catch((error: unknown) => error))).toContain('already in use');
  });

  it('speaks TLS 1.2 and 1.3', async () => {
    const { listener } = await open(() => new Response('body'));
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await connectTo(listener, { minVersion: version, maxVersion: version });
      expect(socket.getProtocol()).toBe(version);
      socket.destroy();
    }
  });

  it('speaks 1.3 alone when told', async () => {
    const { listener } = await open(() => new Response('body'), { minVersion: '1.3' });
    const error = await connectTo(listener, { maxVersion: 'TLSv1.2' }).catch((reason: unknown) => reason);
    expect(String(error)).toMatch(/version/i);
  });

  it.skipIf(Bun.which('openssl') === null)(
    'refuses TLS 1.0 and 1.1, even to a client that takes any cipher',
    async () => {
      const { listener } = await open(() => new Response('body'));
      for (const [version, isSpoken] of [
        ['-tls1', false],
        ['-tls1_1', false],
        ['-tls1_2', true],
        ['-tls1_3', true],
      ] as const) {
        const command = [
          'openssl',
          's_client',
          '-connect',
          `127.0.0.1:${listener.port}`,
          '-cipher',
          'DEFAULT@SECLEVEL=0',
          version,
        ];
        const client = Bun.spawn(command, { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' });
        const text = (await new Response(client.stdout).text()) + (await new Response(client.stderr).text());
        if (isSpoken) expect(text).toMatch(/^New, TLSv1\.[23], Cipher is TLS_|^New, TLSv1\.[23], Cipher is ECDHE/m);
        else expect(text).toContain('alert protocol version');
      }
    },
  );

  for (const [what, spoil, why] of [
    [
      'the key of another',
      async ({ key }: Opened['files']) => copyFileSync((await newPair('b.lan')).key, key),
      'does not belong to',
    ],
    ['no key', ({ key }: Opened['files']) => rmSync(key), 'cannot read'],
    ['text for a key', ({ key }: Opened['files']) => writeFileSync(key, 'hello'), 'holds no private key'],
    [
      'text for a certificate',
      ({ certificate }: Opened['files']) => writeFileSync(certificate, 'hello'),
      'holds no certificate',
    ],
  ] as const) {
    it(`does not start with ${what}, and says which file is wrong`, async () => {
      const files = await newPair('a.lan');
      await spoil(files);
      const error: unknown = await openListener({ address: '127.0.0.1:0', tls: files }, () => new Response()).catch(
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(KeyPairError);
      expect(String(error)).toContain(why);
      expect(String(error)).toContain(files.key.slice(0, -4));
    });
  }
});

describe('when the certificate changes', () => {
  it('a download goes on, a kept connection is told to leave, and new ones get the new certificate', async () => {
    const piece = new Uint8Array(64 * 1024).fill(7);
    const more = Promise.withResolvers<void>();
    const { listener, files } = await open((request) => {
      if (!request.url.endsWith('/slow')) return new Response('body');
      let sent = 0;
      return new Response(
        new ReadableStream({
          async pull(controller) {
            if (sent === 1) await more.promise;
            sent += 1;
            controller.enqueue(piece);
            if (sent === 100) controller.close();
          },
        }),
      );
    });
    const download = await fetch(`${listener.url}/slow`, { tls: { rejectUnauthorized: false } });
    const kept = await connectTo(listener);
    expect(await askOn(kept)).not.toMatch(/^connection: close/im);

    install(await newPair('second.lan'), files);
    const reloaded = listener.reload();
    await until(async () => (await nameServed(listener)) === 'second.lan');
    expect(await askOn(kept)).toMatch(/^connection: close/im);
    await reloaded;
    for (let count = 0; count < 10; count += 1) expect(await nameServed(listener)).toBe('second.lan');
    expect(listener.certificate?.names[0]).toBe('second.lan');

    more.resolve();
    expect((await download.bytes()).byteLength).toBe(100 * piece.byteLength);
  });

  it('an upload that is half-way goes on', async () => {
    const half = Promise.withResolvers<void>();
    const { listener, files } = await open(async (request) => {
      let received = 0;
      for await (const chunk of request.body ?? []) {
        received += chunk.byteLength;
        half.resolve();
      }
      return new Response(`${received}`);
    });
    const rest = Promise.withResolvers<void>();
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(new Uint8Array(1000));
        await rest.promise;
        controller.enqueue(new Uint8Array(500));
        controller.close();
      },
    });
    const upload = fetch(listener.url, { method: 'PUT', body, tls: { rejectUnauthorized: false } });
    await half.promise;
    install(await newPair('second.lan'), files);
    await listener.reload();
    expect(await nameServed(listener)).toBe('second.lan');
    rest.resolve();
    expect(await (await upload).text()).toBe('1500');
  });

  it('is noticed by itself', async () => {
    const { listener, files } = await open(() => new Response('body'));
    install(await newPair('second.lan'), files);
    await until(async () => (await nameServed(listener)) === 'second.lan');
  });

  it('is noticed when a folder is swapped behind a symbolic link, as Kubernetes does', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'havre-'));
    folders.push(folder);
    const versions = [await newPair('first.lan'), await newPair('second.lan')];
    for (const [index, pair] of versions.entries()) {
      mkdirSync(join(folder, `..v${index}`));
      install(pair, {
        certificate: join(folder, `..v${index}`, 'tls.crt'),
        key: join(folder, `..v${index}`, 'tls.key'),
      });
    }
    symlinkSync('..v0', join(folder, '..data'));
    const files = { certificate: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
    symlinkSync('..data/tls.crt', files.certificate);
    symlinkSync('..data/tls.key', files.key);
    const listener = await openListener({ address: '127.0.0.1:0', tls: files }, () => new Response('body'));
    running.push(listener);
    expect(await nameServed(listener)).toBe('first.lan');

    symlinkSync('..v1', join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    await until(async () => (await nameServed(listener)) === 'second.lan');
  });

  it('to something that is no good, the old one stays, and the log says why', async () => {
    const { listener, files, warnings } = await open(() => new Response('body'));
    const expired = await newPair('late.lan', new Date('2010-01-01'));
    for (const [spoil, why] of [
      [async () => copyFileSync((await newPair('other.lan')).key, files.key), 'does not belong to'],
      [() => writeFileSync(files.certificate, 'half a certif'), 'holds no certificate'],
      [() => rmSync(files.certificate), 'cannot read'],
      [() => install(expired, files), 'expired on'],
    ] as const) {
      await spoil();
      await listener.reload();
      expect(warnings.at(-1)).toContain('the old one stays');
      expect(warnings.at(-1)).toContain(why);
      expect(await nameServed(listener)).toBe('first.lan');
    }
    install(await newPair('second.lan'), files);
    await listener.reload();
    expect(await nameServed(listener)).toBe('second.lan');
  });

  it('not at all, nothing happens', async () => {
    const { listener, files } = await open(() => new Response('body'));
    const kept = await connectTo(listener);
    writeFileSync(files.certificate, readFileSync(files.certificate));
    await listener.reload();
    expect(await askOn(kept)).toEndWith('body');
    expect(await askOn(kept)).not.toMatch(/^connection: close/im);
  });

  it('and the listener then stops, what the old certificate still serves is cut as well', async () => {
    const entered = Promise.withResolvers<void>();
    const { listener, files } = await open(async () => {
      entered.resolve();
      await new Promise(() => {});
      return new Response('never');
    });
    const request = fetch(listener.url, { tls: { rejectUnauthorized: false } }).catch(() => 'cut');
    await entered.promise;
    install(await newPair('second.lan'), files);
    await listener.reload();
    expect(listener.pendingRequests).toBe(1);
    expect(await listener.stop(0.05)).toBe(1);
    expect(await request).toBe('cut');
  });
});
