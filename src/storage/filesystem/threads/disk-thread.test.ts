import { afterAll, afterEach, describe, expect, it } from 'bun:test';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, encodedOf } from '../../../oci/digest.ts';
import { bytesOf, failureOf } from '../../contract/upload-client.ts';
import { DiskThread, DiskThreadLostError } from './disk-thread.ts';
import { DiskThreads } from './disk-threads.ts';

const folder = await mkdtemp(join(tmpdir(), 'havre-threads-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const bytes = bytesOf(3_000_001);
const path = join(folder, 'file');
await writeFile(path, bytes);

const opened: { close(): void }[] = [];
afterEach(() => opened.splice(0).forEach((threads) => threads.close()));

function keep<Opened extends { close(): void }>(threads: Opened): Opened {
  opened.push(threads);
  return threads;
}

/** The hexadecimal digest of the beginning of the file. */
const hexOf = (sizeBytes: number): string => encodedOf(digestOf(bytes.subarray(0, sizeBytes)));

describe('DiskThreads', () => {
  it('follows a file as it grows, and tells the digest at any point of it', async () => {
    const hash = keep(new DiskThreads()).follow(path, 'sha256');
    hash.advance(1_000_000);
    expect(await hash.digest(1_500_000)).toBe(hexOf(1_500_000));
    hash.advance(2_999_999);
    expect(await hash.digest(bytes.byteLength)).toBe(hexOf(bytes.byteLength));
    hash.stop();
  });

  it('tells what is wrong with a file that cannot be read', async () => {
    const threads = keep(new DiskThreads());
    const missing = threads.follow(join(folder, 'missing'), 'sha256');
    missing.advance(10);
    expect(await failureOf(missing.digest(10))).toMatchObject({ code: 'ENOENT', syscall: 'open' });
    expect(await failureOf(threads.flush(join(folder, 'missing')))).toMatchObject({ code: 'ENOENT', syscall: 'open' });
  });
});

describe('DiskThread', () => {
  const crash = { kind: 'follow', file: undefined, toBytes: 0 } as never;
  const file = { hash: 1, path, algorithm: 'sha256' } as const;

  it('fails what was asked of it when it ends, and starts again for what is asked next', async () => {
    const thread = keep(new DiskThread());
    thread.tell({ kind: 'follow', file, toBytes: 1_000_000 });
    thread.tell(crash);
    const lost = thread.ask({ kind: 'digest', file, toBytes: bytes.byteLength });
    expect(await failureOf(lost)).toBeInstanceOf(DiskThreadLostError);

    expect(await thread.ask({ kind: 'digest', file, toBytes: bytes.byteLength })).toBe(hexOf(bytes.byteLength));
  });

  it('fails what was asked of it when it is closed', async () => {
    const thread = new DiskThread();
    const asked = thread.ask({ kind: 'digest', file, toBytes: bytes.byteLength });
    thread.close();
    expect(await failureOf(asked)).toBeInstanceOf(DiskThreadLostError);
  });
});
