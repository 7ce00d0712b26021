import { DOCKER_CONFIG, OCI_CONFIG } from '../../oci/media-types.ts';
import type { RemoteImage } from '../account.ts';
import { objectIn } from './answer.ts';
import { inParallel } from './in-parallel.ts';
import { allTags } from './lists.ts';
import { getManifest, type SeenManifest } from './manifests.ts';
import type { OciSession } from './oci-session.ts';
import { Referrers } from './referrers.ts';

/** Of one configuration: what an image runs, not what is in it. */
const MAX_CONFIG_BYTES = 4 * 1024 * 1024;
/** Docker is of March 2013: what says that it is older has no date, so that it is reproducible. */
const FIRST_IMAGES = Date.parse('2013-03-01T00:00:00Z');

/**
 * Every image that can be found: what tags name, what that consists of, and what refers to it. The API tells of no
 * others, and of no dates: an image's own is taken, which is when it was built.
 */
export async function* imagesOf(
  session: OciSession,
  repository: string,
  signal: AbortSignal,
): AsyncGenerator<RemoteImage, void> {
  const found = new FoundImages(session, repository, signal);
  for await (const tag of allTags(session, repository, signal)) {
    found.expect(tag);
    if (found.waiting >= 200) await found.readTags();
  }
  await found.readTags();
  await found.readRelatives();
  yield* await found.images();
}

/** An index of an index of… is nobody's: what says so is not followed further. */
const MAX_DEPTH = 8;

type SeenImage = Omit<SeenManifest, 'content'>;

class FoundImages {
  readonly #session: OciSession;
  readonly #repository: string;
  readonly #signal: AbortSignal;
  readonly #manifests = new Map<string, SeenImage>();
  readonly #tags = new Map<string, string[]>();
  #expected: string[] = [];
  readonly #referrers: Referrers;

  constructor(session: OciSession, repository: string, signal: AbortSignal) {
    this.#session = session;
    this.#repository = repository;
    this.#signal = signal;
    this.#referrers = new Referrers(session, repository, signal);
  }

  get waiting(): number {
    return this.#expected.length;
  }

  expect(tag: string): void {
    this.#expected.push(tag);
  }

  async readTags(): Promise<void> {
    const tags = this.#expected;
    this.#expected = [];
    const digests = await inParallel(tags, async (tag) => await this.#read(tag));
    for (const [place, digest] of digests.entries()) {
      // Deleted since it was listed.
      if (digest === undefined) continue;
      const [known, tag = ''] = [this.#tags.get(digest), tags[place]];
      if (known === undefined) this.#tags.set(digest, [tag]);
      else known.push(tag);
    }
  }

  /** What indexes name, and what refers to any of these, as far as it goes. */
  async readRelatives(): Promise<void> {
    const done = new Set<string>();
    for (;;) {
      const todo = [...this.#manifests.values()].filter(({ digest }) => !done.has(digest));
      if (todo.length === 0) return;
      for (const { digest } of todo) done.add(digest);
      const children = todo.flatMap((manifest) => manifest.children.map(({ digest }) => digest));
      const referrers = await this.#referrers.of(todo.map(({ digest }) => digest));
      const unread = new Set([...children, ...referrers].filter((digest) => !this.#manifests.has(digest)));
      await inParallel([...unread], async (digest) => await this.#read(digest));
    }
  }

  async images(): Promise<readonly RemoteImage[]> {
    const manifests = [...this.#manifests.values()];
    const dates = await inParallel(manifests, async (manifest) => await this.#createdAt(manifest));
    const dateByDigest = new Map(manifests.map(({ digest }, place) => [digest, dates[place]]));
    const bytes = this.#bytesByDigest();
    return manifests.map((manifest) => {
      const { digest, mediaType, artifactType, subject = null, children } = manifest;
      const pushedAt =
        dateByDigest.get(digest) ?? latest(manifest.children.map((child) => dateByDigest.get(child.digest)));
      return {
        digest,
        tags: this.#tags.get(digest) ?? [],
        mediaType,
        bytes: bytes.get(digest) ?? manifest.bytes,
        ...(artifactType !== undefined && { artifactType }),
        subject,
        children: children.map((child) => child.digest),
        ...(pushedAt !== undefined && { pushedAt }),
      };
    });
  }

  async #read(tagOrDigest: string): Promise<string | undefined> {
    const wanted = { repository: this.#repository, tagOrDigest, signal: this.#signal };
    const manifest = await getManifest(this.#session, wanted);
    if (manifest === undefined) return undefined;
    const { content: _, ...seen } = manifest;
    this.#manifests.set(seen.digest, seen);
    return seen.digest;
  }

  /**
   * Of all platforms. What several of them share is counted for each: the API does not say more. Looked at once for each
   * level, because indexes may name each other in very many ways.
   */
  #bytesByDigest(): ReadonlyMap<string, number> {
    const parts = [...this.#manifests.values()].map(({ digest, bytes, children }) => {
      const sizes = new Map(
        children.map((child) => [child.digest, this.#manifests.has(child.digest) ? 0 : child.size]),
      );
      return { digest, bytes: sum([bytes, ...sizes.values()]), children: [...sizes.keys()] };
    });
    let totals = new Map<string, number>();
    for (let level = 0; level <= MAX_DEPTH; level += 1) {
      const before = totals;
      totals = new Map(
        parts.map(({ digest, bytes, children }) => [
          digest,
          sum([bytes, ...children.map((child) => before.get(child) ?? 0)]),
        ]),
      );
    }
    return totals;
  }

  async #createdAt({ config }: SeenImage): Promise<Date | undefined> {
    if (config === undefined || ![OCI_CONFIG, DOCKER_CONFIG].includes(config.mediaType)) return undefined;
    if (config.size > MAX_CONFIG_BYTES) return undefined;
    const answer = await this.#session.send({
      method: 'GET',
      path: `/v2/${this.#repository}/blobs/${config.digest}`,
      scopes: [`repository:${this.#repository}:pull`],
      maxBytes: MAX_CONFIG_BYTES,
      signal: this.#signal,
    });
    const { created } = (answer.status === 200 ? objectIn(answer.body) : undefined) ?? {};
    const time = typeof created === 'string' ? Date.parse(created) : Number.NaN;
    return time >= FIRST_IMAGES ? new Date(time) : undefined;
  }
}

function latest(dates: readonly (Date | undefined)[]): Date | undefined {
  return dates.filter((date) => date !== undefined).toSorted((a, b) => b.getTime() - a.getTime())[0];
}

/** What indexes say may be more than any number is exact for. */
function sum(bytes: readonly number[]): number {
  return Math.min(
    bytes.reduce((all, some) => all + some, 0),
    Number.MAX_SAFE_INTEGER,
  );
}
