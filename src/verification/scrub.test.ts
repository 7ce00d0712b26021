import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFilledRegistry, smallImage, type FilledRegistry } from '../../test/support/filled-registry.ts';
import type { Content } from '../../test/support/image.ts';
import { findBlob } from '../metadata/blobs.ts';
import type { Digest } from '../oci/digest.ts';
import { createLogger } from '../telemetry/log.ts';
import { Scrub, type ScrubSettings } from './scrub.ts';
import { slowReading } from './slow-reading.ts';
import { verify } from './verification.ts';

let registry: FilledRegistry;
let lines: Record<string, unknown>[];
const clock = { now: new Date('2026-11-20T10:00:00Z') };

beforeEach(async () => {
  registry = await openFilledRegistry();
  lines = [];
});

afterEach(() => registry[Symbol.asyncDispose]());

function scrubOf(settings: Partial<ScrubSettings> = {}): Scrub {
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return new Scrub({
    ...verificationParts(),
    log: createLogger({ level: 'info', pretty: false, sink: { write, close: async () => undefined } }),
    settings: { intervalDays: 30, bytesPerSecond: 1e9, ...settings },
  });
}

function verificationParts() {
  return {
    db: registry.db,
    store: registry.store,
    now: () => clock.now,
    rules: { requireBlobs: true, requireIndexChildren: false },
    leftoverSeconds: () => 0,
    onRepaired: () => undefined,
  };
}

const never = new AbortController().signal;

async function damage(blob: Content | undefined): Promise<void> {
  const row = await findBlob(registry.db, blob?.digest as Digest);
  writeFileSync(join(registry.folder, 'blobs', row?.storageKey ?? ''), new Uint8Array(row?.size ?? 0));
}

describe('the scrub', () => {
  it('reads everything once in its interval, and counts what it read', async () => {
    await registry.pushImage('team/app', smallImage(), 'v1');
    const scrub = scrubOf();
    await scrub.run(never);
    expect(scrub.checkedBlobs).toBe(3);
    expect(scrub.checkedBytes).toBeGreaterThan(20_000);
    expect(await scrub.figures()).toEqual({ corrupt: 0, missing: 0, completedAt: clock.now });
    await scrub.run(never);
    expect(scrub.checkedBlobs).toBe(3);
    clock.now = new Date(clock.now.getTime() + 30 * 86_400_000);
    await scrub.run(never);
    expect(scrub.checkedBlobs).toBe(6);
  });

  it('tells of what is wrong in the log and in figures, and changes nothing', async () => {
    const image = smallImage();
    await registry.pushImage('team/app', image, 'v1');
    await damage(image.blobs[1]);
    const lost = await findBlob(registry.db, image.blobs[2]?.digest as Digest);
    rmSync(join(registry.folder, 'blobs', lost?.storageKey ?? ''));
    const scrub = scrubOf();
    await scrub.run(never);
    expect(await scrub.figures()).toMatchObject({ corrupt: 1, missing: 1 });
    expect(lines.filter(({ level }) => level === 'error' || level === 50).map(({ subject }) => subject)).toEqual(
      expect.arrayContaining([image.blobs[1]?.digest, image.blobs[2]?.digest]),
    );
    expect(await findBlob(registry.db, image.blobs[1]?.digest as Digest)).toBeDefined();
  });

  it('goes on where another one was interrupted', async () => {
    for (let number = 0; number < 150; number += 1)
      await registry.pushImage('team/app', smallImage(1, 10), `v${number}`);
    const stop = new AbortController();
    const first = scrubOf();
    const { size } = registry.store;
    let seen = 0;
    registry.store.size = (key) => {
      seen += 1;
      if (seen === 250) stop.abort();
      return size.call(registry.store, key);
    };
    expect(await first.run(stop.signal).catch((error: unknown) => error)).toBeInstanceOf(DOMException);
    registry.store.size = size;
    const second = scrubOf();
    await second.run(never);
    expect(first.checkedBlobs).toBe(200);
    expect(second.checkedBlobs).toBe(100);
  });

  it('knows what a verification of everything by hand has found', async () => {
    const image = smallImage();
    await registry.pushImage('team/app', image, 'v1');
    await damage(image.blobs[1]);
    const scrub = scrubOf();
    await scrub.run(never);
    expect(await scrub.figures()).toMatchObject({ corrupt: 1 });
    for await (const _ of verify(verificationParts(), { full: true, repair: true, signal: never }));
    expect(await scrub.figures()).toMatchObject({ corrupt: 0 });
  });

  it('is off with an interval of 0', async () => {
    const scrub = scrubOf({ intervalDays: 0 });
    await scrub.run(never);
    expect(await scrub.figures()).toMatchObject({ completedAt: undefined });
  });
});

describe('slow reading', () => {
  it('lets no more through than its rate, and ends at once when it is told to', async () => {
    const stop = new AbortController();
    const pace = slowReading(1000, stop.signal);
    const began = performance.now();
    await pace(100);
    expect(performance.now() - began).toBeGreaterThanOrEqual(95);
    const waiting = pace(1e9).catch((error: unknown) => error);
    stop.abort();
    expect(await waiting).toBeInstanceOf(DOMException);
  });
});
