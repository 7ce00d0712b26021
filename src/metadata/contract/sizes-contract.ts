import { describe, expect, it } from 'bun:test';
import { digestOf, type Digest } from '../../oci/digest.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { saveBlob } from '../blobs.ts';
import type { Transaction } from '../database.ts';
import { saveLink } from '../links.ts';
import { saveEdges } from '../manifest-edges.ts';
import { saveManifest } from '../manifests.ts';
import { ensureRepository } from '../repositories.ts';
import { measureManifests } from '../sizes.ts';
import type { OpenDatabase } from './database-contract.ts';

const NOW = new Date('2026-01-02T03:04:05Z');

function digest(text: string): Digest {
  return digestOf(new TextEncoder().encode(text));
}

interface Pushed {
  readonly name: string;
  /** Blobs by text, each as large as its text is long; the manifest is ten bytes. */
  readonly blobs?: readonly string[];
  readonly children?: readonly string[];
}

async function push(tx: Transaction, repositoryId: number, { name, blobs = [], children = [] }: Pushed): Promise<void> {
  for (const text of blobs) {
    await saveBlob(tx, { digest: digest(text), size: text.length, storageKey: `key-of-${text}` }, NOW);
    await saveLink(tx, { repositoryId, digest: digest(text) }, NOW);
  }
  const nothing = { artifactType: null, subject: null, annotations: null, depth: 0, expiresAt: null };
  const row = { repositoryId, digest: digest(name), mediaType: 'type', size: 10, ...nothing };
  await saveManifest(tx, row, new TextEncoder().encode(name), NOW);
  const edges = [
    ...blobs.map((text) => ({ kind: 'blob' as const, digest: digest(text) })),
    ...children.map((child) => ({ kind: 'manifest' as const, digest: digest(child) })),
  ];
  await saveEdges(tx, repositoryId, digest(name), edges);
}

/** What every engine must answer about how much images hold. */
export function sizesContract(
  engine: string,
  withDatabase: (test: (open: OpenDatabase) => Promise<void>) => () => Promise<void>,
): void {
  const within = (test: (tx: Transaction, repositoryId: number) => Promise<void>): (() => Promise<void>) =>
    withDatabase(async (open) => {
      const db = await open();
      await db.transaction(async (tx) => test(tx, await ensureRepository(tx, parseRepositoryName('team/app'), NOW)));
      await db.close();
    });
  const measure = async (tx: Transaction, repositoryId: number, name: string) =>
    (await measureManifests(tx, repositoryId, [digest(name)])).get(digest(name));

  describe(`${engine}, measuring images`, () => {
    it(
      'counts each content once, and the manifest with it',
      within(async (tx, id) => {
        await push(tx, id, { name: 'image', blobs: ['config', 'layer', 'layer'] });
        expect(await measure(tx, id, 'image')).toEqual({ total: 21, unique: 21, shared: 0 });
        expect(await measure(tx, id, 'nothing')).toBeUndefined();
      }),
    );

    it(
      'shares a layer that another image of the repository has',
      within(async (tx, id) => {
        await push(tx, id, { name: 'one', blobs: ['base', 'one layer'] });
        await push(tx, id, { name: 'other', blobs: ['base', 'another layer'] });
        expect(await measure(tx, id, 'one')).toEqual({ total: 23, unique: 19, shared: 4 });
        const both = await measureManifests(tx, id, [digest('one'), digest('other')]);
        expect(both.get(digest('other'))).toEqual({ total: 27, unique: 23, shared: 4 });
      }),
    );

    it(
      'shares a layer, and a manifest, that another repository has',
      within(async (tx, id) => {
        const elsewhere = await ensureRepository(tx, parseRepositoryName('elsewhere'), NOW);
        await push(tx, id, { name: 'image', blobs: ['layer'] });
        await push(tx, elsewhere, { name: 'another', blobs: ['layer'] });
        expect(await measure(tx, id, 'image')).toEqual({ total: 15, unique: 10, shared: 5 });
        await push(tx, elsewhere, { name: 'image', blobs: ['layer'] });
        expect(await measure(tx, id, 'image')).toEqual({ total: 15, unique: 0, shared: 15 });
      }),
    );

    it(
      'takes an index with its children, and has for its own what only they name',
      within(async (tx, id) => {
        await push(tx, id, { name: 'amd64', blobs: ['common', 'amd'] });
        await push(tx, id, { name: 'arm64', blobs: ['common', 'arm'] });
        await push(tx, id, { name: 'index', children: ['amd64', 'arm64', 'not pushed'] });
        expect(await measure(tx, id, 'index')).toEqual({ total: 42, unique: 42, shared: 0 });
        expect(await measure(tx, id, 'amd64')).toEqual({ total: 19, unique: 0, shared: 19 });
        await push(tx, id, { name: 'another index', children: ['amd64'] });
        expect(await measure(tx, id, 'index')).toEqual({ total: 42, unique: 23, shared: 19 });
      }),
    );
  });
}
