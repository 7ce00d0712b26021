import { describe, expect, it } from 'bun:test';
import { digestOf, type Digest } from '../../oci/digest.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { listUnlinkedBlobs, saveBlob, type BlobRow } from '../blobs.ts';
import type { Database, Transaction } from '../database.ts';
import { listUnnamedLinks, saveLink, type Link, type UnnamedLink } from '../links.ts';
import { listUnnamedContents } from '../manifest-contents.ts';
import { saveEdges } from '../manifest-edges.ts';
import { deleteManifest, saveManifest } from '../manifests.ts';
import { ensureRepository } from '../repositories.ts';
import type { Looked, Stretch } from '../stretch.ts';
import { listUntagged, type ManifestKey, type UntaggedManifest } from '../untagged-manifests.ts';
import type { OpenDatabase } from './database-contract.ts';

const NOW = new Date('2026-01-02T03:04:05Z');
const LATER = new Date('2026-01-02T04:00:00Z');

/** Two repositories that have the same five contents, of which one is named, so that stretches end within and between. */
const REPOSITORIES = ['a', 'b'].map(parseRepositoryName);
const CONTENTS = ['one', 'two', 'three', 'four', 'five'].map((text) => digestOf(new TextEncoder().encode(text)));
const NAMED = CONTENTS[2] ?? digestOf(new Uint8Array());

async function inEach(tx: Transaction, work: (repositoryId: number, digest: Digest) => Promise<void>): Promise<void> {
  for (const name of REPOSITORIES) {
    const id = await ensureRepository(tx, name, NOW);
    for (const digest of CONTENTS) await work(id, digest);
    await saveEdges(tx, id, digestOf(new Uint8Array()), [{ kind: 'blob', digest: NAMED }]);
  }
}

/** Everything found on the way from one end to the other. */
async function walk<Found, Key>(
  rows: number,
  look: (stretch: Stretch<Key>) => Promise<Looked<Found, Key>>,
): Promise<Found[]> {
  const all: Found[] = [];
  let after: Key | undefined;
  do {
    const { found, end } = await look({ after, rows });
    all.push(...found);
    after = end;
  } while (after !== undefined);
  return all;
}

function unnamed(): Digest[] {
  return CONTENTS.filter((digest) => digest !== NAMED).toSorted();
}

/** What every database does when it is looked through a stretch at a time. */
export function stretchContract(
  name: string,
  withDatabase: (test: (open: OpenDatabase) => Promise<void>) => () => Promise<void>,
): void {
  const withOne = (test: (db: Database) => Promise<void>): (() => Promise<void>) =>
    withDatabase(async (open) => {
      const db = await open();
      try {
        await test(db);
      } finally {
        await db.close();
      }
    });

  describe(`${name}, looked through in stretches of one row and of more than there are`, () => {
    for (const rows of [1, 2, 3, 10, 11]) {
      it(
        `finds each link once, ${rows} at a time`,
        withOne(async (db) => {
          await db.transaction((tx) =>
            inEach(tx, (repositoryId, digest) => saveLink(tx, { repositoryId, digest }, NOW)),
          );
          const found = await walk<UnnamedLink, Link>(rows, (stretch) => listUnnamedLinks(db, LATER, stretch));
          const wanted = REPOSITORIES.flatMap((repository) => unnamed().map((digest) => `${repository} ${digest}`));
          expect(found.map(({ repository, digest }) => `${repository} ${digest}`).toSorted()).toEqual(wanted);
        }),
      );

      it(
        `finds each blob once, ${rows} at a time`,
        withOne(async (db) => {
          await db.transaction(async (tx) => {
            for (const digest of CONTENTS) await saveBlob(tx, { digest, size: 1, storageKey: digest }, NOW);
            await saveLink(
              tx,
              { repositoryId: await ensureRepository(tx, parseRepositoryName('a'), NOW), digest: NAMED },
              NOW,
            );
          });
          const found = await walk<BlobRow, Digest>(rows, (stretch) => listUnlinkedBlobs(db, LATER, stretch));
          expect(found.map(({ digest }) => digest).toSorted()).toEqual(unnamed());
        }),
      );

      it(
        `finds each manifest and its bytes once, ${rows} at a time`,
        withOne(async (db) => {
          const row = {
            mediaType: 'x/y',
            size: 1,
            artifactType: null,
            subject: null,
            annotations: null,
            depth: 0,
            expiresAt: null,
          };
          await db.transaction((tx) =>
            inEach(tx, (repositoryId, digest) =>
              saveManifest(tx, { ...row, repositoryId, digest }, new Uint8Array(1), NOW),
            ),
          );
          const found = await walk<UntaggedManifest, ManifestKey>(rows, (stretch) => listUntagged(db, LATER, stretch));
          const wanted = REPOSITORIES.flatMap((repository) => unnamed().map((digest) => `${repository} ${digest}`));
          expect(found.map(({ repository, digest }) => `${repository} ${digest}`).toSorted()).toEqual(wanted);
          await db.transaction(async (tx) => {
            for (const { repositoryId, digest } of found) await deleteManifest(tx, repositoryId, digest);
            const removed = await walk<Digest, Digest>(rows, (stretch) => listUnnamedContents(tx, stretch));
            expect(removed.toSorted()).toEqual(unnamed());
          });
        }),
      );
    }
  });
}
