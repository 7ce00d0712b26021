import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { ALL_RIGHTS, type Fake } from '../../../test/fakes/fake.ts';
import { FakeRepository, INDEX } from '../../../test/fakes/fake-repository.ts';
import { startFakeGeneric } from '../../../test/fakes/generic.ts';
import { plainUpstream } from '../../../test/fakes/plain-upstream.ts';
import type { Page, PageRequest, RemoteReferrer } from '../account.ts';
import { errorOf } from '../contract/questions.ts';
import { generic } from '../generic/provider.ts';
import { parseRegistryUrl } from '../registry-url.ts';

const { signal } = new AbortController();
let fake: Fake;
let app: FakeRepository;
let image: string;

beforeEach(() => {
  fake = startFakeGeneric();
  fake.users.set('bob', { username: 'bob', secret: 'a-secret', rights: ALL_RIGHTS });
  app = new FakeRepository('team/app');
  fake.repositories.set('team/app', app);
  image = app.push({ tags: ['v1'] });
});
afterEach(async () => await fake[Symbol.asyncDispose]());

async function referrers(page: PageRequest = { limit: 100 }): Promise<Page<RemoteReferrer> | undefined> {
  const target = { form: 'password', username: 'bob', secret: 'a-secret', fields: {} };
  const account = generic.open(
    { url: parseRegistryUrl(fake.url), ...target },
    { http: plainUpstream(), now: Date.now },
  );
  return await account.reader?.referrers('team/app', image, page, signal);
}

function hasNoApi(status: number): void {
  fake.interrupt({
    matches: ({ path }) => path.includes('/referrers/'),
    times: 100,
    reply: () => Response.json({ errors: [{ code: 'UNSUPPORTED', message: 'no' }] }, { status }),
  });
}

function entry(digest: string, more: object = {}): object {
  return { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 7, ...more };
}

function keepList(entries: readonly unknown[], mediaType = INDEX): void {
  const text = JSON.stringify({ schemaVersion: 2, mediaType, manifests: entries });
  app.put(text, mediaType, image.replace(':', '-'), new Date());
}

describe('what refers to an image', () => {
  it.each([404, 400, 401, 403, 405])(
    'is nothing, and nothing is wrong, where there is no API (%d) and no tag',
    async (status) => {
      hasNoApi(status);
      expect(await referrers()).toEqual({ items: [] });
    },
  );

  it('is what clients keep under a tag where there is no API', async () => {
    hasNoApi(404);
    const digest = `sha256:${'a'.repeat(64)}`;
    const artifactType = 'application/spdx+json';
    keepList([entry(digest, { artifactType, annotations: { a: 'b', c: 1 } }), entry('../x'), 'x', null]);
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    expect(await referrers()).toEqual({
      items: [{ digest, mediaType, bytes: 7, artifactType, annotations: { a: 'b' } }],
    });
  });

  it('is not what else somebody put under such a tag', async () => {
    hasNoApi(404);
    app.tags.set(image.replace(':', '-'), app.push());
    expect(await referrers()).toEqual({ items: [] });
  });

  it('comes page by page, over the pages of the registry', async () => {
    const digests = Array.from({ length: 7 }, (_, number) => `sha256:${String(number).repeat(64)}`);
    fake.interrupt({
      matches: ({ path }) => path.includes('/referrers/'),
      times: 100,
      reply: ({ path, query }) => {
        const from = Number(query.get('from') ?? 0);
        const manifests = digests.slice(from, from + 3).map((digest) => entry(digest));
        const headers = new Headers({ 'Content-Type': INDEX });
        if (from + 3 < digests.length)
          headers.set('Link', `<https://elsewhere.example.net${path}?from=${from + 3}>; rel="next"`);
        return Response.json({ schemaVersion: 2, manifests }, { headers });
      },
    });
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page: Page<RemoteReferrer> | undefined = await referrers({
        limit: 2,
        ...(after !== undefined && { after }),
      });
      expect(page?.items.length).toBeLessThanOrEqual(2);
      seen.push(...(page?.items.map(({ digest }) => digest) ?? []));
      after = page?.next;
    } while (after !== undefined);
    expect(seen).toEqual(digests);
  });

  it('ends where the pages of the registry name themselves', async () => {
    fake.interrupt({
      matches: ({ path }) => path.includes('/referrers/'),
      times: 1000,
      reply: ({ path }) =>
        Response.json({ manifests: [] }, { headers: { Link: `<${path}?from=1>; rel="next"`, 'Content-Type': INDEX } }),
    });
    expect(await referrers()).toEqual({ items: [] });
  });

  it.each([
    [500, 'failing'],
    [429, 'rate-limited'],
  ] as const)('is not known where the registry answers %d', async (status, diagnosis) => {
    hasNoApi(status);
    expect((await errorOf(referrers())).diagnosis).toBe(diagnosis);
  });
});
