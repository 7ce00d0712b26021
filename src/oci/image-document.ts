import { contentsOf, type ImageView, type ViewedDescriptor, type ViewedPlatform } from './image-view.ts';

/** An image as JSON has it: what is not there is `null`. */
export interface ImageDocument extends BlobDocument {
  repository: string;
  reference: string;
  isIndex: boolean;
  artifactType: string | null;
  subject: string | null;
  bytes: number;
  annotations: Record<string, string>;
  manifest: string;
  platforms: PlatformDocument[];
}

interface BlobDocument {
  digest: string;
  mediaType: string;
  size: number;
}

interface PlatformDocument extends BlobDocument {
  platform: string | null;
  isRead: boolean;
  config: BlobDocument | null;
  layers: BlobDocument[];
  runs: ConfigDocument | null;
  annotations: Record<string, string>;
}

interface ConfigDocument {
  created: string | null;
  architecture: string | null;
  os: string | null;
  user: string | null;
  workingDirectory: string | null;
  entrypoint: string[];
  command: string[];
  exposedPorts: string[];
  labels: Record<string, string>;
}

export function imageDocument(
  image: ImageView,
  { repository, reference }: { readonly repository: string; readonly reference: string },
): ImageDocument {
  const { isIndex, artifactType, subject, annotations, manifest, platforms } = image;
  return {
    ...blobDocument(image),
    repository,
    reference,
    isIndex,
    artifactType: artifactType ?? null,
    subject: subject ?? null,
    bytes: contentsOf(image)
      .values()
      .reduce((sum, size) => sum + size, 0),
    annotations: { ...annotations },
    manifest,
    platforms: platforms.map(platformDocument),
  };
}

function platformDocument(one: ViewedPlatform): PlatformDocument {
  const { platform, isRead, config, layers, runs, annotations } = one;
  return {
    ...blobDocument(one),
    platform: platform ?? null,
    isRead,
    config: config === undefined ? null : blobDocument(config),
    layers: layers.map(blobDocument),
    runs: runs === undefined ? null : runsDocument(runs),
    annotations: { ...annotations },
  };
}

function runsDocument(runs: NonNullable<ViewedPlatform['runs']>): NonNullable<PlatformDocument['runs']> {
  return {
    created: runs.created ?? null,
    architecture: runs.architecture ?? null,
    os: runs.os ?? null,
    user: runs.user ?? null,
    workingDirectory: runs.workingDirectory ?? null,
    entrypoint: [...runs.entrypoint],
    command: [...runs.command],
    exposedPorts: [...runs.exposedPorts],
    labels: { ...runs.labels },
  };
}

function blobDocument({ digest, mediaType, size }: ViewedDescriptor): BlobDocument {
  return { digest, mediaType, size };
}
