import { digestOf, type Content } from '../support/image.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { blobsNamedBy } from './crash-client.ts';
import type { Ledger } from './ledger.ts';

/** A client that wrote down what it was told. */
export interface Witness {
  readonly repository: string;
  readonly blobs: Ledger;
  readonly manifests: Ledger;
}

/**
 * Compares a repository with what its client was told before the server died, and then takes what is there as the
 * truth for the next round.
 *
 * @returns one sentence for each broken promise; none when all was kept.
 */
export async function brokenPromises(server: RegistryClient, client: Witness): Promise<string[]> {
  const { repository, blobs, manifests } = client;
  const blobsThere = await readBack(blobs, async (digest) => await pull(server, `${repository}/blobs/${digest}`));
  const manifestsThere = await readBack(
    manifests,
    async (digest) => await pull(server, `${repository}/manifests/${digest}`),
  );
  const tagged = await tagsOf(server, repository);
  const broken = [
    ...blobsThere.broken,
    ...manifestsThere.broken,
    ...wrongTags(manifests, tagged),
    ...(await incomplete(server, repository, [...tagged.values()], manifests)),
  ].map((sentence) => `${repository}: ${sentence}`);
  blobs.settle((digest) => blobsThere.found.has(digest), new Map());
  manifests.settle((digest) => manifestsThere.found.has(digest), tagged);
  return broken;
}

type Pull = (digest: string) => Promise<Uint8Array | undefined>;

/** Everything promised is there, byte for byte; what is in doubt is there byte for byte, or not at all. */
async function readBack(ledger: Ledger, pulled: Pull): Promise<{ found: Set<string>; broken: string[] }> {
  const found = new Set<string>();
  const broken: string[] = [];
  for (const { digest } of ledger.promised()) {
    const bytes = await pulled(digest);
    if (bytes === undefined) broken.push(`${digest} was acknowledged and is gone`);
    else if (!isSame(ledger.find(digest), bytes)) broken.push(`${digest} was acknowledged and has other bytes`);
  }
  for (const digest of ledger.doubtful()) {
    const bytes = await pulled(digest);
    if (bytes === undefined) continue;
    found.add(digest);
    if (!isSame(ledger.find(digest), bytes)) broken.push(`${digest} is half there`);
  }
  return { found, broken };
}

function wrongTags(manifests: Ledger, tagged: ReadonlyMap<string, string>): string[] {
  const sent = new Set(manifests.tags());
  return [
    ...[...tagged.keys()].filter((tag) => !sent.has(tag)).map((tag) => `tag ${tag} was never pushed`),
    ...[...sent]
      .filter((tag) => !manifests.possible(tag).has(tagged.get(tag)))
      .map(
        (tag) => `tag ${tag} names ${tagged.get(tag) ?? 'nothing'}, not ${[...manifests.possible(tag)].join(' or ')}`,
      ),
  ];
}

/** Whatever a tag shows can be pulled whole. */
async function incomplete(
  server: RegistryClient,
  repository: string,
  digests: readonly string[],
  manifests: Ledger,
): Promise<string[]> {
  const broken: string[] = [];
  for (const digest of new Set(digests)) {
    const manifest = manifests.find(digest);
    for (const blob of manifest === undefined ? [] : blobsNamedBy(manifest)) {
      const bytes = await pull(server, `${repository}/blobs/${blob}`);
      if (bytes === undefined || digestOf(bytes) !== blob) broken.push(`${digest} has a tag and lacks ${blob}`);
    }
  }
  return broken;
}

/** Each tag that is listed, with the digest of the bytes it gives. */
async function tagsOf(server: RegistryClient, repository: string): Promise<Map<string, string>> {
  const tagged = new Map<string, string>();
  for (const tag of await server.tags(repository)) {
    tagged.set(tag, digestOf(await server.pullManifest(repository, tag)));
  }
  return tagged;
}

async function pull(server: RegistryClient, path: string): Promise<Uint8Array | undefined> {
  const reply = await server.send('GET', `/v2/${path}`);
  const bytes = await reply.bytes();
  if (reply.status === 404) return undefined;
  if (reply.status !== 200) throw new Error(`GET ${path}: ${reply.status} ${new TextDecoder().decode(bytes)}`);
  return bytes;
}

function isSame(content: Content | undefined, bytes: Uint8Array): boolean {
  return content !== undefined && Buffer.compare(content.bytes, bytes) === 0;
}
