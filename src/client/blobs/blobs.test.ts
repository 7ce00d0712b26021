import { describe, expect, it } from 'bun:test';
import { openCuttingProxy } from '../../../test/support/cutting-proxy.ts';
import { randomBlob, randomBytes, type Content } from '../../../test/support/image.ts';
import { bodyOf, openOddRegistry } from '../../../test/support/odd-registry.ts';
import { newRepository, sharedRegistry } from '../../../test/support/registry-under-test.ts';
import { loginIn, remoteRepository, type RemoteOptions } from '../../../test/support/remote.ts';
import type { Digest } from '../../oci/digest.ts';
import { DigestMismatchError, NotFoundError, UnexpectedReplyError, UnreachableError } from '../client-error.ts';
import type { RemoteRepository } from '../remote-repository.ts';
import type { BlobUpload } from './sent-body.ts';

const registry = sharedRegistry();
const MEBIBYTE = 1024 * 1024;

function remote(host: string, name: string, options: RemoteOptions = {}): RemoteRepository {
  return remoteRepository(host, name, { as: loginIn(registry().authorization), ...options });
}

function uploadOf(blob: Content): BlobUpload {
  return {
    digest: blob.digest as Digest,
    size: blob.bytes.byteLength,
    read: async function* (first) {
      for (let at = first; at < blob.bytes.byteLength; at += 100_000) yield blob.bytes.slice(at, at + 100_000);
    },
  };
}

async function read(repository: RemoteRepository, blob: Content, first = 0): Promise<Buffer> {
  const descriptor = { digest: blob.digest as Digest, size: blob.bytes.byteLength };
  return Buffer.concat(await Array.fromAsync(repository.readBlob(descriptor).from(first)));
}

describe('a blob is read', () => {
  it('as it is, also when it is empty', async () => {
    const name = newRepository();
    for (const blob of [randomBlob(3 * MEBIBYTE), randomBlob(0), randomBlob(1000, 'sha512')]) {
      await registry().client.pushBlob(name, blob);
      expect(await read(remote(new URL(registry().url).host, name), blob)).toEqual(Buffer.from(blob.bytes));
    }
  });

  it('to its end, though the connection is cut again and again', async () => {
    const name = newRepository();
    const blob = randomBlob(8 * MEBIBYTE);
    await registry().client.pushBlob(name, blob);
    await using proxy = await openCuttingProxy(registry().url, {
      afterBytes: 2 * MEBIBYTE,
      direction: 'down',
      times: 7,
    });
    const pauses: number[] = [];
    expect(await read(remote(proxy.host, name, { pauses }), blob)).toEqual(Buffer.from(blob.bytes));
    expect(proxy.cuts).toBeGreaterThan(1);
    expect(pauses.length).toBeGreaterThan(1);
  });

  it('to its end from a registry that knows no ranges', async () => {
    const blob = randomBlob(300_000);
    let requests = 0;
    await using odd = await openOddRegistry((_, response) => {
      requests += 1;
      response.writeHead(200, { 'Content-Length': String(blob.bytes.byteLength) });
      if (requests > 2) response.end(blob.bytes);
      else response.write(blob.bytes.subarray(0, 100_000 * requests), () => response.destroy());
    });
    expect(await read(remoteRepository(odd.host, 'app'), blob)).toEqual(Buffer.from(blob.bytes));
  });

  it('to its end, though the registry falls silent in the middle', async () => {
    const blob = randomBlob(300_000);
    await using odd = await openOddRegistry((request, response) => {
      const first = Number(/=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const part = blob.bytes.subarray(first);
      response.writeHead(206, {
        'Content-Length': String(part.byteLength),
        'Content-Range': `bytes ${first}-${blob.bytes.byteLength - 1}/${blob.bytes.byteLength}`,
      });
      if (first === 0) response.write(part.subarray(0, 100_000));
      else response.end(part);
    });
    const repository = remoteRepository(odd.host, 'app', { stallSeconds: 0.1 });
    expect(await read(repository, blob)).toEqual(Buffer.from(blob.bytes));
    expect(odd.seen.length).toBeGreaterThan(1);
  });

  it('never to its end when the bytes are others, more or fewer', async () => {
    const blob = randomBlob(200_000);
    for (const bytes of [randomBytes(200_000), Buffer.concat([blob.bytes, Buffer.from('x')])]) {
      await using odd = await openOddRegistry((_, response) => void response.end(bytes));
      const pieces: Uint8Array[] = [];
      const reader = remoteRepository(odd.host, 'app').readBlob({ digest: blob.digest as Digest, size: 200_000 });
      const reading = (async () => {
        for await (const piece of reader.from(0)) pieces.push(piece);
      })();
      expect(reading).rejects.toThrow(DigestMismatchError);
      expect(Buffer.concat(pieces).byteLength).toBeLessThan(200_000);
    }
    await using short = await openOddRegistry((_, response) => void response.end(blob.bytes.subarray(0, 1000)));
    expect(read(remoteRepository(short.host, 'app'), blob)).rejects.toThrow(UnreachableError);
  });

  it('again from where it got lost, and hashed only once', async () => {
    const name = newRepository();
    const blob = randomBlob(2 * MEBIBYTE);
    await registry().client.pushBlob(name, blob);
    const descriptor = { digest: blob.digest as Digest, size: blob.bytes.byteLength };
    const reader = remote(new URL(registry().url).host, name).readBlob(descriptor);
    let taken = 0;
    for await (const piece of reader.from(0)) {
      taken += piece.byteLength;
      if (taken > MEBIBYTE) break;
    }
    const rest = Buffer.concat(await Array.fromAsync(reader.from(500_000)));
    expect(rest).toEqual(Buffer.from(blob.bytes.subarray(500_000)));
  });

  it('or is not there', async () => {
    const asked = read(remote(new URL(registry().url).host, newRepository()), randomBlob(10));
    expect(asked).rejects.toThrow(NotFoundError);
  });
});

describe('a blob is sent', () => {
  it('small with one request, large in a stream', async () => {
    const name = newRepository();
    const repository = remote(new URL(registry().url).host, name);
    for (const blob of [
      randomBlob(0),
      randomBlob(1000),
      randomBlob(5 * MEBIBYTE),
      randomBlob(2 * MEBIBYTE, 'sha512'),
    ]) {
      expect(await repository.hasBlob(blob.digest as Digest)).toBe(false);
      expect(await repository.uploadBlob(uploadOf(blob))).toBe('uploaded');
      expect(await repository.hasBlob(blob.digest as Digest)).toBe(true);
      expect(await registry().client.pullBlob(name, blob.digest)).toEqual(blob.bytes);
    }
  });

  it('or mounted from a neighbour', async () => {
    const [from, to] = [newRepository(), newRepository()];
    const blob = randomBlob(1000);
    await registry().client.pushBlob(from, blob);
    const upload = { ...uploadOf(blob), mountFrom: from as never };
    const repository = remote(new URL(registry().url).host, to);
    expect(await repository.uploadBlob(upload)).toBe('mounted');
    const other = randomBlob(1000);
    expect(await repository.uploadBlob({ ...uploadOf(other), mountFrom: from as never })).toBe('uploaded');
  });

  it('from where the registry is, after the connection was cut', async () => {
    const name = newRepository();
    const blob = randomBlob(12 * MEBIBYTE);
    const cuts = { afterBytes: 5 * MEBIBYTE, direction: 'up', times: 3 } as const;
    await using proxy = await openCuttingProxy(registry().url, cuts);
    const starts: number[] = [];
    const { read: readOn, ...upload } = uploadOf(blob);
    const noted: BlobUpload = {
      ...upload,
      read: (first, signal) => {
        starts.push(first);
        return readOn(first, signal);
      },
    };
    expect(await remote(proxy.host, name).uploadBlob(noted)).toBe('uploaded');
    expect(proxy.cuts).toBeGreaterThan(0);
    expect(starts.some((first) => first > 0)).toBe(true);
    expect(await registry().client.pullBlob(name, blob.digest)).toEqual(blob.bytes);
  });

  it('in chunks where a proxy takes no more at a time', async () => {
    const blob = randomBlob(10 * MEBIBYTE);
    const sessions = await openSessions({ mostBytes: 9 * MEBIBYTE });
    await using odd = sessions.odd;
    expect(await remoteRepository(odd.host, 'app').uploadBlob(uploadOf(blob))).toBe('uploaded');
    expect(Buffer.concat(sessions.kept)).toEqual(Buffer.from(blob.bytes));
    expect(odd.seen.flatMap(({ headers }) => headers['content-range'] ?? [])).toEqual([
      '0-8388607',
      '8388608-10485759',
    ]);
  });

  it('at once where the registry takes no PATCH', async () => {
    const blob = randomBlob(2 * MEBIBYTE);
    const sessions = await openSessions({ refuses: 'PATCH' });
    await using odd = sessions.odd;
    expect(await remoteRepository(odd.host, 'app').uploadBlob(uploadOf(blob))).toBe('uploaded');
    expect(Buffer.concat(sessions.kept)).toEqual(Buffer.from(blob.bytes));
  });

  it('to where the registry redirects it', async () => {
    const blob = randomBlob(2 * MEBIBYTE);
    const sessions = await openSessions({ redirects: true });
    await using odd = sessions.odd;
    expect(await remoteRepository(odd.host, 'app').uploadBlob(uploadOf(blob))).toBe('uploaded');
    expect(Buffer.concat(sessions.kept)).toEqual(Buffer.from(blob.bytes));
  });

  it('not at all when reading it fails, and the session is given back', async () => {
    const sessions = await openSessions({});
    await using odd = sessions.odd;
    const blob = randomBlob(2 * MEBIBYTE);
    const broken: BlobUpload = {
      ...uploadOf(blob),
      read: async function* () {
        yield blob.bytes.slice(0, 1000);
        throw new DigestMismatchError('other bytes');
      },
    };
    expect(remoteRepository(odd.host, 'app').uploadBlob(broken)).rejects.toThrow('other bytes');
    expect(odd.seen.some(({ method }) => method === 'DELETE')).toBe(true);
  });

  it('not when the registry refuses, and it says why', async () => {
    await using odd = await openOddRegistry((request, response) => {
      const body = '{"errors":[{"code":"DENIED","message":"quota"}]}';
      if (request.method === 'HEAD') response.writeHead(404).end();
      else response.writeHead(413).end(body);
    });
    const sent = remoteRepository(odd.host, 'app').uploadBlob(uploadOf(randomBlob(10)));
    expect(sent).rejects.toThrow(UnexpectedReplyError);
    expect(sent).rejects.toThrow('DENIED: quota');
  });
});

interface Sessions {
  readonly odd: Awaited<ReturnType<typeof openOddRegistry>>;
  readonly kept: readonly Buffer[];
}

/** The uploads of a registry with a habit. */
async function openSessions(habit: { mostBytes?: number; refuses?: string; redirects?: boolean }): Promise<Sessions> {
  const kept: Buffer[] = [];
  const size = (): number => kept.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const odd = await openOddRegistry(async (request, response) => {
    const { method, url = '', headers } = request;
    if (method === 'HEAD') return void response.writeHead(404).end();
    if (method === 'POST') return void response.writeHead(202, { Location: '/up?state=1' }).end();
    if (method === 'GET') return void response.writeHead(204, { Range: `0-${Math.max(0, size() - 1)}` }).end();
    if (method === 'DELETE') return void response.writeHead(204).end();
    if (method === habit.refuses) return void response.writeHead(405, { Connection: 'close' }).end();
    if (Number(headers['content-length']) > (habit.mostBytes ?? Infinity)) {
      return void response.writeHead(413, { Connection: 'close' }).end();
    }
    if (habit.redirects === true && url.startsWith('/up')) {
      return void response.writeHead(307, { Location: url.replace('/up', '/there'), Connection: 'close' }).end();
    }
    kept.push(await bodyOf(request));
    if (method === 'PUT') return void response.writeHead(201).end();
    response.writeHead(202, { Location: url, Range: `0-${size() - 1}` }).end();
  });
  return { odd, kept };
}
