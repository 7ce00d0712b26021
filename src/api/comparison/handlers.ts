import { isAnonymous, type Identity } from '../../auth/identity.ts';
import type { Queryable } from '../../metadata/database.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { AccessDeniedError, AuthenticationRequiredError } from '../../oci/errors.ts';
import { parseRepositoryName, type RepositoryName } from '../../oci/repository-name.ts';
import { parseTagOrDigest } from '../../oci/tag-or-digest.ts';
import { compareConfigs, compareLayers, layerBytes } from '../../registry/images/image-comparison.ts';
import { findStoredImage, readConfigOf, type StoredImage } from '../../registry/images/stored-image.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import { blobOf, platformText } from '../images/image-reply.ts';
import type { AdminParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { compareImages, type ComparisonSide } from './contract.ts';

export function comparisonEndpoints({ database, blobs }: Pick<AdminParts, 'database' | 'blobs'>): readonly Endpoint[] {
  return [
    endpoint(compareImages, async ({ repository, toRepository = repository, platform, ...named }, { identity }) => {
      const [fromName, toName] = [parseRepositoryName(repository), parseRepositoryName(toRepository)];
      requirePull(toName, identity);
      const from = await findStoredImage(database, fromName, parseTagOrDigest(named.from));
      const to = await findStoredImage(database, toName, parseTagOrDigest(named.to));
      const wanted = platform ?? commonPlatform(from, to);
      const one = await imageFor(database, from, wanted);
      const other = await imageFor(database, to, wanted);
      const configs = [await readConfigOf(blobs, one.image), await readConfigOf(blobs, other.image)];
      const [fromLayers, toLayers] = [layersOf(one), layersOf(other)];
      return {
        from: sideOf(from, one, named.from),
        to: sideOf(to, other, named.to),
        bytes: layerBytes(toLayers) - layerBytes(fromLayers),
        layers: compareLayers(fromLayers, toLayers).map(({ descriptor, change }) => ({
          ...blobOf(descriptor),
          change,
        })),
        config: [...compareConfigs(configs[0], configs[1])],
        isConfigRead: configs.every((config) => config !== undefined),
      };
    }),
  ];
}

/** What the path names was decided already; a refusal says nothing of what is there. @throws {OciError} */
function requirePull(repository: RepositoryName, identity: Identity): void {
  if (identity.allows('pull', repository)) return;
  if (isAnonymous(identity)) throw new AuthenticationRequiredError();
  throw new AccessDeniedError(`You may not pull repository ${repository}.`);
}

/** One image of what was named. */
interface Chosen {
  readonly image: StoredImage;
  readonly platform: string | null;
}

interface Entry {
  readonly platform: string;
  readonly descriptor: Descriptor;
}

/** Attestations beside images call themselves unknown/unknown. */
function entriesOf({ manifest }: StoredImage): readonly Entry[] {
  return (manifest?.manifests ?? []).flatMap((descriptor) => {
    const platform = descriptor.platform === undefined ? undefined : platformText(descriptor.platform);
    return platform === undefined || platform === 'unknown/unknown' ? [] : [{ platform, descriptor }];
  });
}

function commonPlatform(from: StoredImage, to: StoredImage): string | undefined {
  const others = new Set(entriesOf(to).map(({ platform }) => platform));
  return entriesOf(from).find(({ platform }) => others.has(platform))?.platform;
}

/** @throws {ProblemError} an index has no such image. @throws {ManifestUnknownError} it was not pushed. */
async function imageFor(db: Queryable, image: StoredImage, wanted: string | undefined): Promise<Chosen> {
  if (image.manifest?.kind !== 'index') return { image, platform: null };
  const entries = entriesOf(image);
  const entry = wanted === undefined ? entries[0] : entries.find(({ platform }) => isPlatform(platform, wanted));
  if (entry === undefined) {
    const known = entries.map(({ platform }) => platform).join(', ');
    throw new ProblemError(404, 'PLATFORM_UNKNOWN', `${image.digest} has no image for it; it has: ${known}.`);
  }
  const { descriptor, platform } = entry;
  return { image: await findStoredImage(db, image.repository, { digest: descriptor.digest }), platform };
}

/** `linux/arm64` is `linux/arm64/v8` too. */
function isPlatform(platform: string, wanted: string): boolean {
  return platform === wanted || platform.startsWith(`${wanted}/`);
}

function layersOf({ image }: Chosen): readonly Descriptor[] {
  return image.manifest?.layers ?? [];
}

function sideOf({ repository, digest }: StoredImage, chosen: Chosen, reference: string): ComparisonSide {
  const { image, platform } = chosen;
  return { repository, reference, digest, image: image.digest, platform, bytes: layerBytes(layersOf(chosen)) };
}
