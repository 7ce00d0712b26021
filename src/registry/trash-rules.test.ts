import { describe, expect, it } from 'bun:test';
import { SOMEBODY } from '../../test/support/actor.ts';
import { imageOf, randomBlob, type Image } from '../../test/support/image.ts';
import { newRepository, sharedRegistry } from '../../test/support/registry-under-test.ts';
import { insertQuotaWithMembers } from '../metadata/quota-members.ts';
import { insertRule } from '../metadata/repository-rules.ts';
import { parseDigest } from '../oci/digest.ts';
import { ProtectedError, QuotaExceededError } from '../oci/errors.ts';
import { parseRepositoryName, type RepositoryName } from '../oci/repository-name.ts';
import { parseTag } from '../oci/tag.ts';
import { NotInTrashError } from './trash.ts';

const registry = sharedRegistry();
const asError = (error: unknown): unknown => error;

async function pushed(tag: string): Promise<{ readonly repository: RepositoryName; readonly image: Image }> {
  const repository = parseRepositoryName(newRepository());
  const image = imageOf([randomBlob(1000)]);
  await registry().client.pushImage(repository, image, tag);
  return { repository, image };
}

async function addRule(kind: string, pattern: string, settings: object): Promise<void> {
  await registry().repositoryRules.change((tx) =>
    insertRule(tx, { kind, pattern, settings: JSON.stringify(settings), createdAt: 0, createdBy: 'somebody' }),
  );
}

describe('rules of a repository', () => {
  const protections = [
    ['an immutable tag', 'immutable', () => ({ tags: ['v*'], except: [] })],
    ['a protected tag', 'protected', () => ({ tags: ['v*'], principals: [] })],
    ['a pinned manifest', 'pinned', (digest: string) => ({ digest })],
    ['a young manifest', 'age-floor', () => ({ seconds: 3600 })],
  ] as const;
  for (const [what, kind, settings] of protections) {
    it(`keep it from being deleted whole where it has ${what}`, async () => {
      const { repository, image } = await pushed('v1');
      await addRule(kind, repository, settings(image.manifest.digest));
      expect(await registry().deletions.deleteRepository(repository, SOMEBODY).catch(asError)).toBeInstanceOf(
        ProtectedError,
      );
      const digest = parseDigest(image.manifest.digest);
      expect(await registry().deletions.deleteManifest(repository, digest, SOMEBODY).catch(asError)).toBeInstanceOf(
        ProtectedError,
      );
      expect(await registry().client.pullManifest(repository, 'v1')).toEqual(image.manifest.bytes);
    });
  }

  it('that keep nothing let nothing be restored', async () => {
    const { repository } = await pushed('v1');
    await addRule('trash', repository, { keepSeconds: 0 });
    await registry().client.deleteManifest(repository, 'v1');
    const target = { repository, tag: parseTag('v1') };
    expect(await registry().trash.restore(target, SOMEBODY).catch(asError)).toBeInstanceOf(NotInTrashError);
  });
});

describe('a quota', () => {
  async function limit(repository: RepositoryName, bytes: number): Promise<void> {
    await registry().db.transaction((tx) =>
      insertQuotaWithMembers(
        tx,
        { pattern: repository, bytes, manifests: null, tags: null, createdBy: 'somebody' },
        new Date(),
      ),
    );
  }

  it('has to have room for what is restored, and nothing is restored by halves', async () => {
    const { repository, image } = await pushed('v1');
    const digest = parseDigest(image.manifest.digest);
    registry().clock.advance(4000);
    await registry().client.deleteManifest(repository, digest);
    await limit(repository, 500);
    const target = { repository, digest };
    expect(await registry().trash.restore(target, SOMEBODY).catch(asError)).toBeInstanceOf(QuotaExceededError);
    expect(await registry().client.tags(repository)).toEqual([]);
    expect((await registry().trash.list({ repository }, { limit: 10 })).entries.length).toBe(1);
  });

  it('holds for a whole repository too', async () => {
    const { repository } = await pushed('v1');
    await registry().deletions.deleteRepository(repository, SOMEBODY);
    await limit(repository, 500);
    expect(await registry().trash.restore({ repository }, SOMEBODY).catch(asError)).toBeInstanceOf(QuotaExceededError);
    expect((await registry().trash.list({ repository }, { limit: 10 })).entries.length).toBe(1);
  });
});
