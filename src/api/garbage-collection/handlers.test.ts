import { afterEach, describe, expect, it } from 'bun:test';
import { openInstallation, type Installation } from '../../../test/support/admin.ts';
import { localAdministrator } from '../../auth/identity.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { isRoomWanted, saveCollectionState } from '../../gc/pass-state.ts';
import { NO_COUNTS } from '../../gc/phase.ts';
import { LEASES } from '../../jobs/lease-names.ts';
import type { CollectOptions, CollectReport } from '../../gc/collector.ts';
import { digestOf } from '../../oci/digest.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';

let installation: Installation;

afterEach(() => installation.close());

function request(body: object, signal?: AbortSignal): Request {
  return new Request('http://localhost/api/v1/garbage-collection', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

function collect(body: object): Promise<Response> {
  return installation.api(request(body), localAdministrator());
}

async function linesOf(response: Response): Promise<readonly Record<string, unknown>[]> {
  const text = await response.text();
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function push(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  const chunk = { body: new Blob([bytes]).stream(), signal: new AbortController().signal };
  await installation.uploads.push(parseRepositoryName('team/app'), digestOf(bytes), chunk);
}

describe('collecting garbage', () => {
  it('reports in JSON lines what went and what it freed', async () => {
    installation = await openInstallation();
    await push('nobody names this');
    installation.clock.now = new Date('2026-11-20T12:00:00Z');
    const response = await collect({});
    expect(response.headers.get('content-type')).toBe('application/jsonl');
    const lines = await linesOf(response);
    expect(lines.at(-1)).toMatchObject({
      event: 'done',
      report: { dryRun: false, graceSeconds: 3600, blobs: 1, bytes: 17, kept: { manifests: 0, blobs: 0, bytes: 0 } },
    });
    expect((await linesOf(await collect({}))).at(-1)).toMatchObject({ report: { blobs: 0, bytes: 0 } });
  });

  it('says what it keeps because it is young', async () => {
    installation = await openInstallation();
    await push('just pushed');
    const [kept] = await linesOf(await collect({}));
    expect(kept).toMatchObject({ report: { blobs: 0, kept: { manifests: 0, blobs: 1, bytes: 11 } } });
    installation.clock.now = new Date('2026-11-20T10:00:01Z');
    const [taken] = await linesOf(await collect({ graceSeconds: 0 }));
    expect(taken).toMatchObject({ report: { blobs: 1, bytes: 11, kept: { blobs: 0, bytes: 0 } } });
  });

  it('changes nothing in a dry run', async () => {
    installation = await openInstallation();
    await push('nobody names this');
    installation.clock.now = new Date('2026-11-20T12:00:00Z');
    for (const _ of [1, 2]) {
      const lines = await linesOf(await collect({ dryRun: true }));
      expect(lines.at(-1)).toMatchObject({ report: { dryRun: true, blobs: 1, bytes: 17 } });
    }
  });
});

const NOTHING: CollectReport = {
  dryRun: false,
  expired: 0,
  purged: 0,
  manifests: 0,
  links: 0,
  blobs: 0,
  bytes: 0,
  uploads: 0,
  leftovers: 0,
  freedAfterSeconds: 0,
};

/** A collection that goes on until it is told to end, or stopped. */
function longCollection(): {
  readonly collect: (options: CollectOptions, signal: AbortSignal) => Promise<CollectReport>;
  readonly end: () => void;
  readonly stopped: Promise<void>;
} {
  const ended = Promise.withResolvers<CollectReport>();
  const stopped = Promise.withResolvers<void>();
  return {
    collect: (_options, signal) => {
      signal.addEventListener('abort', () => {
        stopped.resolve();
        ended.reject(signal.reason);
      });
      return ended.promise;
    },
    end: () => ended.resolve(NOTHING),
    stopped: stopped.promise,
  };
}

describe('a long collection', () => {
  it('says that it lives, and is alone', async () => {
    const collector = longCollection();
    installation = await openInstallation({ collector });
    const response = await collect({});
    const reader = (response.body ?? new ReadableStream()).getReader();
    const { value } = await reader.read();
    expect(JSON.parse(new TextDecoder().decode(value))).toMatchObject({ event: 'progress' });

    expect((await collect({})).status).toBe(409);
    collector.end();
    while (!(await reader.read()).done);
    expect((await collect({})).status).toBe(200);
  });

  it('takes over from one that runs by itself, which makes room', async () => {
    installation = await openInstallation();
    const { database, leases, clock } = installation;
    const held = await leases.take(LEASES.collection);
    const pass = { startedAt: 0, isAsked: false, deleteUntagged: false, phase: 'blobs', share: 0.5, counts: NO_COUNTS };
    await database.transaction((tx) => saveCollectionState(tx, { pass: { ...pass, phase: 'blobs' } }, clock.now));
    const asked = collect({});
    await eventually('room is wanted', async () => expect(await isRoomWanted(database)).toBe(true));
    await held?.release();
    expect((await linesOf(await asked)).at(-1)).toMatchObject({ event: 'done' });
    expect(await isRoomWanted(database)).toBe(false);
  });

  it('stops when its reader goes away', async () => {
    const collector = longCollection();
    installation = await openInstallation({ collector });
    const response = await collect({});
    await response.body?.cancel();
    await collector.stopped;
    expect(installation.failures).toEqual([]);
  });

  it('stops when the connection is lost', async () => {
    const collector = longCollection();
    installation = await openInstallation({ collector });
    const connection = new AbortController();
    const response = await installation.api(request({}, connection.signal), localAdministrator());
    connection.abort();
    await collector.stopped;
    expect(await response.text()).not.toContain('failed');
  });

  it('says in its last line that it failed, and not why', async () => {
    const collector = { collect: () => Promise.reject(new Error('disk /dev/sdb1')) };
    installation = await openInstallation({ collector });
    const lines = await linesOf(await collect({}));
    expect(lines).toMatchObject([{ event: 'failed', problem: { type: '/api/v1/problems/UNKNOWN', status: 500 } }]);
    expect(JSON.stringify(lines)).not.toContain('sdb1');
    expect(installation.failures).toHaveLength(1);
  });
});
