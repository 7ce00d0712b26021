import { describe, expect, it } from 'bun:test';
import { SOMEBODY } from '../../test/support/actor.ts';
import { errorReply } from '../../test/support/error-reply.ts';
import {
  descriptorOf,
  documentOf,
  IMAGE_MANIFEST,
  imageOf,
  indexOf,
  randomBlob,
  type Image,
} from '../../test/support/image.ts';
import { newRepository, sharedRegistry } from '../../test/support/registry-under-test.ts';
import { parseDigest } from '../oci/digest.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';
import { RuleBook } from '../registry/rules/rule-book.ts';
import type { RuleKind, RuleSettings } from '../registry/rules/rule.ts';

const registry = sharedRegistry();

async function addRule<Kind extends RuleKind>(kind: Kind, pattern: string, settings: RuleSettings[Kind]) {
  const { rule } = await bookOf().add({ kind, pattern, settings }, SOMEBODY);
  return { [Symbol.asyncDispose]: async () => void (await bookOf().remove(rule.id, SOMEBODY)), id: rule.id };
}

function bookOf(): RuleBook {
  const { db, repositoryRules, clock } = registry();
  return new RuleBook({ db, rules: repositoryRules, now: clock.now });
}

/** An image in a repository of its own, tagged. */
async function pushed(...tags: readonly string[]): Promise<{ repository: string; image: Image }> {
  const repository = newRepository();
  const image = imageOf([randomBlob(10)]);
  await registry().client.pushImage(repository, image);
  for (const tag of tags) await registry().client.pushManifest(repository, image.manifest, tag);
  return { repository, image };
}

async function push(repository: string, tag: string, image = imageOf([randomBlob(10)])): Promise<Response> {
  for (const blob of image.blobs) await registry().client.pushBlob(repository, blob);
  const { bytes: body, mediaType } = image.manifest;
  const headers = { 'content-type': mediaType };
  return registry().client.send('PUT', `/v2/${repository}/manifests/${tag}`, { headers, body });
}

function remove(repository: string, reference: string): Promise<Response> {
  return registry().client.send('DELETE', `/v2/${repository}/manifests/${reference}`);
}

async function expectDenied(reply: Response, message: string): Promise<void> {
  expect(await errorReply(reply)).toMatchObject({
    status: 403,
    code: 'DENIED',
    message: expect.stringContaining(message),
  });
}

describe('an immutable tag', () => {
  it('is made, pushed again as it is, and neither moved nor deleted', async () => {
    const { repository, image } = await pushed();
    await using rule = await addRule('immutable', repository, { tags: ['v*'], except: ['v*-rc*'] });
    expect((await push(repository, 'v1', image)).status).toBe(201);
    expect((await push(repository, 'v1', image)).status).toBe(201);
    const names = `tag v1 is immutable (rule ${rule.id}): it names ${image.manifest.digest} and cannot be`;
    await expectDenied(await push(repository, 'v1'), `${names} moved`);
    await expectDenied(await remove(repository, 'v1'), `${names} deleted`);
    await expectDenied(await remove(repository, image.manifest.digest), `${names} deleted`);
    expect(await registry().client.pullManifest(repository, 'v1')).toEqual(image.manifest.bytes);
  });

  it('is no exception, and no other tag', async () => {
    const { repository } = await pushed('v1-rc1', 'latest');
    await using _ = await addRule('immutable', repository, { tags: ['v*'], except: ['v*-rc*'] });
    for (const tag of ['v1-rc1', 'latest']) {
      expect((await push(repository, tag)).status).toBe(201);
      expect((await remove(repository, tag)).status).toBe(202);
    }
  });

  it('is none in another repository, and none any more when the rule is gone', async () => {
    const { repository } = await pushed('v1');
    const other = await pushed('v1');
    {
      await using _ = await addRule('immutable', repository, { tags: ['*'], except: [] });
      expect((await push(other.repository, 'v1')).status).toBe(201);
      expect((await push(repository, 'v1')).status).toBe(403);
    }
    expect((await push(repository, 'v1')).status).toBe(201);
  });

  it('leaves nothing of a push that would move it', async () => {
    const { repository } = await pushed('v1');
    await using _ = await addRule('immutable', repository, { tags: ['v1'], except: [] });
    const image = imageOf([randomBlob(10)]);
    for (const blob of image.blobs) await registry().client.pushBlob(repository, blob);
    const { digest, mediaType, bytes } = image.manifest;
    const path = `/v2/${repository}/manifests/${digest}?tag=other&tag=v1`;
    const reply = await registry().client.send('PUT', path, { headers: { 'content-type': mediaType }, body: bytes });
    await expectDenied(reply, 'tag v1 is immutable');
    expect(await registry().client.tags(repository)).toEqual(['v1']);
    expect((await registry().client.send('HEAD', `/v2/${repository}/manifests/${digest}`)).status).toBe(404);
  });

  it('stays, with its manifest, when two push it at once: exactly one wins', async () => {
    const { repository } = await pushed();
    await using _ = await addRule('immutable', repository, { tags: ['*'], except: [] });
    for (let round = 0; round < 5; round += 1) {
      const images = Array.from({ length: 6 }, () => imageOf([randomBlob(10)]));
      const replies = await Promise.all(images.map((image) => push(repository, `v${round}`, image)));
      const won = images.filter((_image, place) => replies[place]?.status === 201);
      expect(replies.filter(({ status }) => status === 403)).toHaveLength(5);
      expect(await registry().client.pullManifest(repository, `v${round}`)).toEqual(
        won[0]?.manifest.bytes ?? new Uint8Array(),
      );
    }
  });
});

describe('a protected tag', () => {
  it('is moved and deleted by those who may, and made by anybody', async () => {
    const { repository } = await pushed();
    const { id } = (await registry().auth.authenticator.identify(registry().authorization, { source: '192.0.2.1' }))
      .principal;
    const owner = { id, kind: 'token', name: 'robot' };
    const other = { id: 'user:other', kind: 'user', name: 'ada' };
    {
      await using rule = await addRule('protected', repository, { tags: ['main'], principals: [other] });
      expect((await push(repository, 'main')).status).toBe(201);
      const message = `tag main is protected (rule ${rule.id}): only user ada may let it be`;
      await expectDenied(await push(repository, 'main'), `${message} moved`);
      await expectDenied(await remove(repository, 'main'), `${message} deleted`);
    }
    await using _ = await addRule('protected', repository, { tags: ['main'], principals: [other, owner] });
    expect((await push(repository, 'main')).status).toBe(201);
    expect((await remove(repository, 'main')).status).toBe(202);
  });
});

describe('a pinned manifest', () => {
  it('stays, with its children and what refers to it', async () => {
    const repository = newRepository();
    const child = imageOf([randomBlob(10)]);
    await registry().client.pushImage(repository, child);
    const index = indexOf([child.manifest]);
    await registry().client.pushManifest(repository, index, 'v1');
    const signature = imageOf([randomBlob(10)], { subject: descriptorOf(index) });
    await registry().client.pushImage(repository, signature);
    const digest = parseDigest(index.digest);
    {
      await using rule = await addRule('pinned', repository, { digest });
      const pinned = `manifest ${digest} is pinned (rule ${rule.id})`;
      await expectDenied(await remove(repository, digest), pinned);
      for (const part of [child.manifest.digest, signature.manifest.digest]) {
        await expectDenied(await remove(repository, part), `it belongs to ${digest}, and ${pinned}`);
      }
      // A pin keeps the manifest, not the name.
      expect((await remove(repository, 'v1')).status).toBe(202);
      await registry().collect();
      expect(await registry().client.pullManifest(repository, child.manifest.digest)).toEqual(child.manifest.bytes);
    }
    for (const part of [signature.manifest.digest, digest, child.manifest.digest]) {
      expect((await remove(repository, part)).status).toBe(202);
    }
  });
});

describe('a floor on age', () => {
  it('keeps what was pushed less than so long ago, also from garbage collection', async () => {
    const { repository, image } = await pushed();
    await using rule = await addRule('age-floor', repository, { seconds: 3600 });
    const { digest } = image.manifest;
    await expectDenied(await remove(repository, digest), `the floor on age (rule ${rule.id})`);
    await registry().collect();
    expect((await registry().client.send('HEAD', `/v2/${repository}/manifests/${digest}`)).status).toBe(200);
    registry().clock.advance(3601);
    expect((await remove(repository, digest)).status).toBe(202);
  });
});

describe('a repository with protected things', () => {
  it('is not deleted, and says by what', async () => {
    const { repository } = await pushed('v1', 'v2');
    await using _ = await addRule('immutable', repository, { tags: ['v2'], except: [] });
    const deleting = registry().deletions.deleteRepository(parseRepositoryName(repository), SOMEBODY);
    expect(await deleting.catch((error: unknown) => String(error))).toContain('tag v2 is immutable');
  });
});

it('counts a referrer without an index of its own as part of what it refers to, however far', async () => {
  const repository = newRepository();
  const image = imageOf([randomBlob(10)]);
  await registry().client.pushImage(repository, image, 'v1');
  let subject = image.manifest;
  for (let step = 0; step < 3; step += 1) {
    const config = imageOf([]).blobs[0];
    if (config === undefined) throw new Error('an image has a config');
    await registry().client.pushBlob(repository, config);
    const document = { schemaVersion: 2, mediaType: IMAGE_MANIFEST, config: descriptorOf(config), layers: [] };
    subject = documentOf(IMAGE_MANIFEST, {
      ...document,
      subject: descriptorOf(subject),
      annotations: { step: `${step}` },
    });
    await registry().client.pushManifest(repository, subject);
  }
  await using _ = await addRule('immutable', repository, { tags: ['v1'], except: [] });
  await expectDenied(await remove(repository, subject.digest), `it belongs to ${image.manifest.digest}, and tag v1`);
});
