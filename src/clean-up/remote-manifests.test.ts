import { describe, expect, it } from 'bun:test';
import { DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from '../oci/media-types.ts';
import type { Account, RemoteImage, RemoteManifest } from '../providers/account.ts';
import { ProviderError } from '../providers/provider-error.ts';
import { withManifests } from './remote-manifests.ts';

const SIGNAL = new AbortController().signal;

describe('what is read of another registry', () => {
  it('is what an index names, and what may be one', async () => {
    const registry = new Registry([{ digest: 'index', children: ['a', 'b'] }, { digest: 'a' }]);
    const images = [listed('index', { mediaType: OCI_INDEX, tags: ['v1'] }), listed('a'), listed('b')];
    const [index, a, b] = await registry.look(images);
    expect(index).toMatchObject({ children: ['a', 'b'], subject: null, tags: ['v1'] });
    expect(a).toMatchObject({ mediaType: OCI_MANIFEST, children: [], subject: null });
    expect(b).toEqual(listed('b'));
    expect(registry.asked).toEqual(['index', 'a', 'b']);
  });

  it('is what something without a tag is about, unless an index names it, or its type is about nothing', async () => {
    const registry = new Registry([
      { digest: 'index', children: ['a'] },
      { digest: 'signature', subject: 'index' },
    ]);
    const mediaType = OCI_MANIFEST;
    const found = await registry.look([
      listed('signature', { mediaType }),
      listed('a', { mediaType }),
      listed('tagged', { mediaType, tags: ['v1'] }),
      listed('docker', { mediaType: DOCKER_MANIFEST }),
      listed('known', { mediaType, subject: null }),
      listed('index', { mediaType: OCI_INDEX }),
    ]);
    expect(registry.asked).toEqual(['index', 'signature']);
    expect(found[0]).toMatchObject({ subject: 'index' });
  });

  it('is nothing where the registry says it all, deletes tags alone, or has one image', async () => {
    const known = [listed('a', { children: [], subject: null }), listed('b', { children: ['a'], subject: null })];
    const registry = new Registry([]);
    expect(await registry.look(known)).toEqual(known);
    expect(await registry.look([listed('a')])).toEqual([listed('a')]);
    await registry.look([listed('a'), listed('b')], registry.account({ manifest: false }));
    expect(registry.asked).toEqual([]);
  });

  it('is asked for four at a time, and once by one account', async () => {
    const digests = Array.from({ length: 50 }, (_, number) => `d${number}`);
    const registry = new Registry(digests.map((digest) => ({ digest })));
    const account = registry.account();
    const images = digests.map((digest) => listed(digest));
    await registry.look(images, account);
    expect(registry.mostAtOnce).toBe(4);
    expect(registry.asked.length).toBe(50);
    await registry.look(images, account);
    expect(registry.asked.length).toBe(50);
    await registry.look(images, registry.account());
    expect(registry.asked.length).toBe(100);
  });

  it('ends when somebody aborts it', async () => {
    const stop = new AbortController();
    const registry = new Registry([]);
    registry.onAsked = () => {
      if (registry.asked.length === 6) stop.abort(new Error('enough'));
    };
    const images = Array.from({ length: 50 }, (_, number) => listed(`d${number}`));
    const looking = registry.look(images, registry.account(), stop.signal);
    expect(await looking.catch((error: unknown) => error)).toEqual(new Error('enough'));
    expect(registry.asked.length).toBeLessThan(10);
  });

  it('is bounded: the rest stays unknown', async () => {
    const digests = Array.from({ length: 20_010 }, (_, number) => `d${number}`);
    const registry = new Registry(digests.map((digest) => ({ digest })));
    const found = await registry.look(digests.map((digest) => listed(digest)));
    expect(registry.asked.length).toBe(20_000);
    expect(found.filter(({ children }) => children === undefined).length).toBe(10);
  });

  it.each(['forbidden', 'malformed', 'not-found', 'unsupported'] as const)(
    'stays unknown where it cannot be read: %s',
    async (diagnosis) => {
      const registry = new Registry([{ digest: 'b' }]);
      registry.failures.set('a', new ProviderError(diagnosis, 'No.'));
      const [a, b] = await registry.look([listed('a'), listed('b')]);
      expect([a?.children, b?.children]).toEqual([undefined, []]);
    },
  );

  it('ends with what may pass', async () => {
    const registry = new Registry([]);
    registry.failures.set('a', new ProviderError('rate-limited', 'Later.'));
    const error: unknown = await registry.look([listed('a'), listed('b')]).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ diagnosis: 'rate-limited' });
  });
});

type Held = Pick<RemoteManifest, 'digest'> & Partial<RemoteManifest>;

class Registry {
  readonly asked: string[] = [];
  readonly failures = new Map<string, ProviderError>();
  mostAtOnce = 0;
  onAsked: () => void = () => undefined;
  #atOnce = 0;
  readonly #manifests: ReadonlyMap<string, Held>;

  constructor(manifests: readonly Held[]) {
    this.#manifests = new Map(manifests.map((held) => [held.digest, held]));
  }

  account({ manifest = true } = {}): Account {
    const account = {
      deletion: { manifest },
      reader: { manifest: async (_: string, text: string) => await this.#read(text) },
    };
    return account as unknown as Account; // nothing else is asked of it
  }

  async look(
    images: readonly RemoteImage[],
    account = this.account(),
    signal = SIGNAL,
  ): Promise<readonly RemoteImage[]> {
    return await withManifests(account, 'app', { images, signal });
  }

  async #read(digest: string): Promise<RemoteManifest | undefined> {
    this.asked.push(digest);
    this.onAsked();
    this.#atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    // Whoever else may ask at once does so now.
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    this.#atOnce -= 1;
    const failure = this.failures.get(digest);
    if (failure !== undefined) throw failure;
    const held = this.#manifests.get(digest);
    return held === undefined ? undefined : { mediaType: OCI_MANIFEST, children: [], subject: null, ...held };
  }
}

function listed(digest: string, more: Partial<RemoteImage> = {}): RemoteImage {
  return { digest, tags: [], ...more };
}
