import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { sql, type RawBuilder } from 'kysely';
import { renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFilledRegistry, smallImage, type FilledRegistry } from '../../test/support/filled-registry.ts';
import type { Content, Image } from '../../test/support/image.ts';
import { deleteBlob, findBlob } from '../metadata/blobs.ts';
import { saveForgottenBlob } from '../metadata/forgotten-blobs.ts';
import { findLinkedBlob } from '../metadata/links.ts';
import { findTaggedManifest } from '../metadata/manifests.ts';
import type { Digest } from '../oci/digest.ts';
import { StorageUnavailableError } from '../oci/errors.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';
import { parseTag } from '../oci/tag.ts';
import type { Finding, VerificationParts } from './finding.ts';
import { verify, type VerifyEvent, type VerifyReport } from './verification.ts';

let registry: FilledRegistry;
let image: Image;

beforeEach(async () => {
  registry = await openFilledRegistry();
  image = smallImage();
  await registry.pushImage('team/app', image, 'v1');
});

afterEach(() => registry[Symbol.asyncDispose]());

function parts(changed: Partial<VerificationParts> = {}): VerificationParts {
  return {
    db: registry.db,
    store: registry.store,
    now: () => new Date(),
    rules: { requireBlobs: true, requireIndexChildren: false },
    leftoverSeconds: () => 0,
    onRepaired: () => undefined,
    ...changed,
  };
}

interface Outcome {
  readonly report: VerifyReport;
  readonly events: readonly VerifyEvent[];
  readonly findings: readonly Finding[];
}

async function run(options: { full?: boolean; repair?: boolean; parts?: VerificationParts } = {}): Promise<Outcome> {
  const { full = false, repair = false } = options;
  const running = verify(options.parts ?? parts(), { full, repair, signal: new AbortController().signal });
  const events: VerifyEvent[] = [];
  for (;;) {
    const { done, value } = await running.next();
    if (done === true) {
      const findings = events.flatMap((event) => (event.event === 'finding' ? [event.finding] : []));
      return { report: value, events, findings };
    }
    events.push(value);
  }
}

async function kinds(options: Parameters<typeof run>[0] = {}): Promise<readonly string[]> {
  return (await run(options)).findings.map(({ kind }) => kind);
}

/** Damage, done by hand. */
async function damage(statement: RawBuilder<unknown>): Promise<void> {
  await registry.db.transaction((tx) => tx.build((kysely) => ({ compile: () => statement.compile(kysely) })));
}

function blob(place: number): Content {
  const found = image.blobs[place];
  if (found === undefined) throw new Error('the image has fewer blobs');
  return found;
}

async function pathOf(content: Content): Promise<string> {
  const row = await findBlob(registry.db, content.digest as Digest);
  return join(registry.folder, 'blobs', row?.storageKey ?? 'nothing');
}

describe('a registry that is as it should be', () => {
  it('has nothing to report', async () => {
    const { report, findings } = await run({ full: true });
    expect(findings).toEqual([]);
    expect(report).toMatchObject({
      full: true,
      findings: 0,
      checked: { blobs: 3, leftovers: 3, manifests: 1, references: 15 },
    });
    expect(report.bytes).toBeGreaterThan(20_000);
  });

  it('may have bytes that wait to be swept, and bytes that were committed a moment ago', async () => {
    const older = await findBlob(registry.db, blob(1).digest as Digest);
    await registry.pushBlob('team/app', blob(1));
    expect(await kinds({ parts: parts({ leftoverSeconds: () => 60 }) })).toEqual([]);
    expect(await kinds()).toEqual(['leftover']);
    await registry.db.transaction(async (tx) => older && saveForgottenBlob(tx, older, new Date()));
    expect(await kinds()).toEqual([]);
  });
});

describe('bytes that are not what facts promise', () => {
  it('are found when they are gone or cut off, and with full when they are others', async () => {
    rmSync(await pathOf(blob(0)));
    truncateSync(await pathOf(blob(1)), 5);
    writeFileSync(await pathOf(blob(2)), new Uint8Array(blob(2).bytes.byteLength));
    expect((await kinds()).toSorted()).toEqual(['bytes-cut', 'bytes-lost']);
    expect((await kinds({ full: true })).toSorted()).toEqual(['bytes-corrupt', 'bytes-cut', 'bytes-lost']);
  });

  it('are not forgotten when the store as a whole is not there', async () => {
    const paths = await Promise.all(image.blobs.map(pathOf));
    for (const path of paths) renameSync(path, `${path}-unmounted`);
    expect(await run({ repair: true }).catch((error: unknown) => error)).toBeInstanceOf(StorageUnavailableError);
    for (const path of paths) renameSync(`${path}-unmounted`, path);
    expect(await kinds({ full: true })).toEqual([]);
  });

  it('are forgotten by a repair, so that a push brings them back', async () => {
    writeFileSync(await pathOf(blob(1)), new Uint8Array(blob(1).bytes.byteLength));
    const { report } = await run({ full: true, repair: true });
    expect(report).toMatchObject({ findings: 1, repaired: 1, remaining: 0 });
    const repository = parseRepositoryName('team/app');
    expect(await findLinkedBlob(registry.db, repository, blob(1).digest as Digest)).toBeUndefined();
    const [needed] = (await run({ full: true })).findings;
    expect(needed).toMatchObject({ kind: 'blob-unlinked', problem: expect.stringContaining('Push the image again') });
    expect(needed?.repair).toBeUndefined();
    await registry.pushImage('team/app', image, 'v1');
    expect(await kinds({ full: true })).toEqual([]);
  });

  it('are taken from another copy, when one is left over', async () => {
    const first = (await findBlob(registry.db, blob(1).digest as Digest))?.storageKey;
    await registry.pushBlob('team/app', blob(1));
    rmSync(await pathOf(blob(1)));
    const { findings, report } = await run({ repair: true });
    expect(findings.map(({ kind }) => kind)).toContain('copy-found');
    expect(report.remaining).toBe(0);
    expect((await findBlob(registry.db, blob(1).digest as Digest))?.storageKey).toBe(String(first));
    expect(await kinds({ full: true })).toEqual([]);
  });
});

describe('bytes that no fact names', () => {
  it('are found, and removed by a repair', async () => {
    await registry.pushBlob('team/app', blob(1));
    expect(await kinds()).toEqual(['leftover']);
    await run({ repair: true });
    expect(await kinds({ full: true })).toEqual([]);
    expect((await registry.store.usage()).files).toBe(3);
  });
});

describe('facts about what is not there', () => {
  it('are found, and removed by a repair', async () => {
    await damage(sql`insert into tags values (1, 'lost', 'sha256:nothing', 1)`);
    await damage(sql`insert into links values (1, 'sha256:nothing', 1), (99, ${blob(0).digest}, 1)`);
    await damage(sql`insert into manifest_edges values (1, 'sha256:nothing', 'blob', 'sha256:x')`);
    expect((await kinds()).toSorted()).toEqual(['contents-wrong', 'link-dangling', 'ownerless', 'tag-dangling']);
    const repaired: string[] = [];
    const withHook = parts({ onRepaired: (repository) => repaired.push(repository) });
    const { findings } = await run({ repair: true, parts: withHook });
    expect(findings.find(({ kind }) => kind === 'tag-dangling')?.subject).toBe('team/app:lost');
    expect(repaired).toContain('team/app');
    expect(await kinds({ full: true })).toEqual([]);
  });
});

describe('a manifest', () => {
  it('without its bytes is removed with its tags, so that a push brings it back', async () => {
    await damage(sql`delete from manifest_contents`);
    expect(await kinds()).toEqual(['manifest-lost']);
    await run({ repair: true });
    expect(await kinds({ full: true })).toEqual([]);
    expect(await findTaggedManifest(registry.db, parseRepositoryName('team/app'), parseTag('v1'))).toBeUndefined();
    await registry.pushImage('team/app', image, 'v1');
    expect(await kinds({ full: true })).toEqual([]);
  });

  it('of other bytes than its digest says is found with full, and removed with them', async () => {
    const other = new TextDecoder().decode(image.manifest.bytes).replace('schemaVersion', ' schemaVersion');
    await damage(sql`update manifest_contents set bytes = ${new TextEncoder().encode(other)}`);
    expect(await kinds()).toEqual(['manifest-corrupt']);
    await run({ full: true, repair: true });
    await registry.pushImage('team/app', image, 'v1');
    expect(await kinds({ full: true })).toEqual([]);
  });

  it('whose recorded contents are wrong gets the right ones', async () => {
    await damage(sql`delete from manifest_edges where digest = ${blob(1).digest}`);
    expect(await kinds()).toEqual([]);
    expect(await kinds({ full: true })).toEqual(['contents-wrong']);
    await run({ full: true, repair: true });
    expect(await kinds({ full: true })).toEqual([]);
  });

  it('that needs a blob which its repository may not serve gets it, where its bytes are', async () => {
    await damage(sql`delete from links where digest = ${blob(1).digest}`);
    expect(await kinds()).toEqual(['blob-unlinked']);
    expect(await kinds({ parts: parts({ rules: { requireBlobs: false, requireIndexChildren: false } }) })).toEqual([]);
    await run({ repair: true });
    expect(await kinds({ full: true })).toEqual([]);
  });
});

describe('while others write', () => {
  it('what goes away between two looks is no finding', async () => {
    const lost = await findBlob(registry.db, blob(1).digest as Digest);
    rmSync(await pathOf(blob(1)));
    const running = verify(parts(), { full: false, repair: false, signal: new AbortController().signal });
    const size = registry.store.size.bind(registry.store);
    // The row goes after its bytes were looked for, as when garbage is collected at that moment.
    registry.store.size = async (key) => {
      const found = await size(key);
      if (key === lost?.storageKey) {
        await registry.db.transaction((tx) => deleteBlob(tx, blob(1).digest as Digest));
        await damage(sql`delete from links where digest = ${blob(1).digest}`);
        await damage(sql`delete from manifests`);
        await damage(sql`delete from manifest_edges`);
        await damage(sql`delete from tags`);
      }
      return found;
    };
    const events: VerifyEvent[] = [];
    for await (const event of running) events.push(event);
    expect(events.filter(({ event }) => event === 'finding')).toEqual([]);
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    controller.abort();
    const running = verify(parts(), { full: true, repair: false, signal: controller.signal });
    expect(await running.next().catch((error: unknown) => error)).toBeInstanceOf(DOMException);
  });
});
