import { DOCKER_CONFIG, isIndexType, OCI_CONFIG, OCI_EMPTY } from './media-types.ts';

/** What a manifest is, for people. */
export type ManifestKind =
  | 'image'
  | 'index'
  | 'signature'
  | 'sbom'
  | 'attestation'
  | 'helm-chart'
  | 'wasm'
  | 'artifact';

export interface KindFacts {
  readonly mediaType: string;
  /** Its own, else that of its config. */
  readonly artifactType?: string | null | undefined;
  readonly configType?: string | undefined;
  readonly annotations?: Readonly<Record<string, string>> | null | undefined;
}

/** In this order: a signed statement that is about an SBOM is an attestation. */
const TYPES: readonly (readonly [ManifestKind, RegExp])[] = [
  ['helm-chart', /^application\/vnd\.cncf\.helm\./],
  ['wasm', /wasm/],
  ['attestation', /in-toto|dsse|attestation|slsa|provenance/],
  ['sbom', /spdx|cyclonedx|sbom|syft/],
  ['signature', /signature|cosign|simplesigning|notary|sigstore\.bundle/],
];

/** What a bundle of sigstore holds: a statement, or a bare signature. */
const BUNDLE_CONTENT = 'dev.sigstore.bundle.content';
const BUNDLE_PREDICATE = 'dev.sigstore.bundle.predicateType';

/** Told by media types: nothing is read for it. */
export function manifestKind({ mediaType, artifactType, configType, annotations }: KindFacts): ManifestKind {
  const types = [artifactType, configType].filter((type) => typeof type === 'string' && type !== OCI_EMPTY);
  const isSigstore = types.some((type) => type?.includes('sigstore.bundle') === true);
  if (isSigstore && (annotations?.[BUNDLE_PREDICATE] ?? annotations?.[BUNDLE_CONTENT]) !== undefined) {
    return annotations?.[BUNDLE_CONTENT] === 'message-signature' ? 'signature' : 'attestation';
  }
  for (const [kind, pattern] of TYPES) {
    if (types.some((type) => type !== null && type !== undefined && pattern.test(type.toLowerCase()))) return kind;
  }
  if (isIndexType(mediaType)) return 'index';
  return types.every((type) => type === OCI_CONFIG || type === DOCKER_CONFIG) && types.length > 0
    ? 'image'
    : 'artifact';
}

/** What cosign called its tags before there were referrers: `sha256-<hex>.sig`. */
export function kindOfDigestTag(tag: string): ManifestKind | undefined {
  if (tag.endsWith('.sig')) return 'signature';
  if (tag.endsWith('.att')) return 'attestation';
  return tag.endsWith('.sbom') ? 'sbom' : undefined;
}
