import type { Identity } from '../../auth/identity.ts';
import type { Queryable } from '../../metadata/database.ts';
import { countSharing, listSharers, MOST_SHARING, type LayerSharing } from '../../metadata/layer-sharing.ts';
import { findManifestRows } from '../../metadata/manifests.ts';
import { measureTotals } from '../../metadata/total-sizes.ts';
import type { Descriptor, Platform } from '../../oci/descriptor.ts';
import type { HistoryStep, ImageConfigView } from '../../oci/image-config-view.ts';
import { manifestKind } from '../../oci/manifest-kind.ts';
import type { StoredImage } from '../../registry/images/stored-image.ts';
import type { ConfigReply, ImageReply } from './contract.ts';

type Layer = ImageReply['layers'][number];
type Child = ImageReply['children'][number];

/** Layers whose sharing is counted; overlayfs mounts 127. */
const MOST_COUNTED = 200;
const MOST_NAMED = 10;

export async function layersOf(
  db: Queryable,
  { repositoryId, digest, manifest }: StoredImage,
  identity: Identity,
): Promise<Layer[]> {
  const layers = manifest?.layers ?? [];
  const digests = [...new Set(layers.map((layer) => layer.digest))];
  const first = digests.slice(0, MOST_COUNTED);
  const counted = await countSharing(db, { repositoryId, manifest: digest, digests: first });
  const isCounted = new Set(first);
  const sharingByDigest = new Map(counted.map((one) => [one.digest, one]));
  const sharers = (await listSharers(db, repositoryId, first)).filter(({ name }) => identity.mayList(name));
  const namesByDigest = Map.groupBy(sharers, (one) => one.digest);
  return layers.map((layer) => {
    const sharing = sharingByDigest.get(layer.digest);
    const names = (namesByDigest.get(layer.digest) ?? []).map(({ name }) => name).toSorted();
    return {
      ...blobOf(layer),
      title: layer.annotations?.['org.opencontainers.image.title'] ?? null,
      isHere: sharing !== undefined || !isCounted.has(layer.digest),
      ...(sharing === undefined ? UNCOUNTED : countsFor(identity, sharing, names)),
      repositories: names.slice(0, MOST_NAMED),
    };
  });
}

const UNCOUNTED = { otherRepositories: null, otherManifests: null };

/** Whoever guesses what a blob is must not learn by pushing it whether somebody else has it. */
function countsFor(
  identity: Identity,
  { otherRepositories, otherManifests }: LayerSharing,
  names: readonly string[],
): Pick<Layer, 'otherRepositories' | 'otherManifests'> {
  if (identity.isAdministrator) return { otherRepositories, otherManifests };
  return { otherRepositories: Math.min(names.length, MOST_SHARING), otherManifests: null };
}

const REFERENCE_TYPE = 'vnd.docker.reference.type';
const REFERENCE_DIGEST = 'vnd.docker.reference.digest';

const MOST_MEASURED = 100;

export async function childrenOf(db: Queryable, { repositoryId, manifest }: StoredImage): Promise<Child[]> {
  const children = manifest?.manifests ?? [];
  const digests = children.map(({ digest }) => digest);
  const rows = await findManifestRows(db, repositoryId, digests);
  const rowByDigest = new Map(rows.map((row) => [row.digest, row]));
  const bytes = await measureTotals(db, repositoryId, digests.slice(0, MOST_MEASURED));
  return children.map((child) => {
    const { annotations = {}, platform, mediaType, digest } = child;
    const isAttestation = annotations[REFERENCE_TYPE] === 'attestation-manifest';
    const artifactType = child.artifactType ?? rowByDigest.get(digest)?.artifactType;
    return {
      ...blobOf(child),
      platform: isAttestation || platform === undefined ? null : platformText(platform),
      kind: isAttestation ? 'attestation' : childKind(mediaType, artifactType),
      about: annotations[REFERENCE_DIGEST] ?? null,
      bytes: bytes.get(digest) ?? null,
      isHere: rowByDigest.has(digest),
      annotations: { ...annotations },
    };
  });
}

/** Of a child that is not here, only its media type is known: it is taken for what nearly all are. */
function childKind(mediaType: string, artifactType: string | null | undefined): Child['kind'] {
  const kind = manifestKind({ mediaType, artifactType });
  return artifactType === undefined && kind === 'artifact' ? 'image' : kind;
}

export function platformText({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

/** Steps that made a layer go with the layers in order; where there are more of one than of the other, nothing is guessed. */
export function historyOf(steps: readonly HistoryStep[], layers: number): ImageReply['history'] {
  let layer = 0;
  return steps.map((step) => ({ ...step, layer: step.isEmpty || layer >= layers ? null : layer++ }));
}

export function configReply(view: ImageConfigView): ConfigReply {
  const { history: _, ...config } = view;
  const { environment, entrypoint, command, exposedPorts, volumes, labels, healthcheck } = config;
  return {
    ...config,
    environment: [...environment],
    entrypoint: [...entrypoint],
    command: [...command],
    exposedPorts: [...exposedPorts],
    volumes: [...volumes],
    labels: { ...labels },
    healthcheck: healthcheck === null ? null : { ...healthcheck, test: [...healthcheck.test] },
  };
}

export function blobOf({ digest, mediaType, size }: Descriptor): { digest: string; mediaType: string; size: number } {
  return { digest, mediaType, size };
}
