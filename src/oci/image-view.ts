import { isDigest } from './digest.ts';
import { isJsonObject, type JsonObject } from './json-object.ts';
import { DOCKER_CONFIG, isIndexType, OCI_CONFIG } from './media-types.ts';

/** A blob in its role inside a manifest, or a manifest in an index. */
export interface ViewedDescriptor {
  readonly digest: string;
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
}

/** What an image says of itself, in its config. Its environment is left out: people keep secrets there. */
export interface ViewedConfig {
  /** RFC 3339, as the image has it. */
  readonly created?: string;
  readonly architecture?: string;
  readonly os?: string;
  readonly user?: string;
  readonly workingDirectory?: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly exposedPorts: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** One image manifest: by itself, or as an index names it. */
export interface ViewedPlatform extends ViewedDescriptor {
  /** `linux/arm64/v8`, as the index or else the config says. */
  readonly platform?: string;
  /** Whether its manifest was read: some indexes name what is not there, or very much. */
  readonly isRead: boolean;
  readonly config?: ViewedDescriptor;
  readonly layers: readonly ViewedDescriptor[];
  /** Absent: no image, or one whose config cannot be read. */
  readonly runs?: ViewedConfig;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What a tag or digest names. */
export interface ImageView extends ViewedDescriptor {
  readonly isIndex: boolean;
  readonly artifactType?: string;
  /** Digest of what it refers to. */
  readonly subject?: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** As it came. */
  readonly manifest: string;
  /** Of an index, its children; else itself. */
  readonly platforms: readonly ViewedPlatform[];
}

/** Where manifests and configs are read. `undefined`: there is none. */
export interface ContentReader {
  manifest(
    tagOrDigest: string,
  ): Promise<{ readonly digest: string; readonly mediaType: string; readonly content: Uint8Array } | undefined>;
  blob(descriptor: ViewedDescriptor): Promise<Uint8Array | undefined>;
}

/** An index of more is named, and not read to its end. */
const MAX_CHILDREN = 64;
const MAX_CONFIG_BYTES = 4 * 1024 * 1024;
const AT_A_TIME = 8;

/** Reads an image of whatever age, with what its index names; nothing is refused that another client could read. */
export async function viewImage(reader: ContentReader, tagOrDigest: string): Promise<ImageView | undefined> {
  const found = await reader.manifest(tagOrDigest);
  if (found === undefined) return undefined;
  const { digest, mediaType, content } = found;
  const document = documentIn(content) ?? {};
  const itself = { digest, mediaType, size: content.byteLength };
  const isIndex = isIndexType(mediaType);
  const children = isIndex ? listIn(document['manifests']) : [];
  const platforms = isIndex
    ? await inTurns(children, async (child, place) => await viewChild(reader, child, place < MAX_CHILDREN))
    : [await viewManifest(reader, itself, document)];
  const [artifactType, subject] = [textIn(document['artifactType']), descriptorIn(document['subject'])?.digest];
  return {
    ...itself,
    isIndex,
    ...(artifactType !== undefined && { artifactType }),
    ...(subject !== undefined && { subject }),
    annotations: textsIn(document['annotations']),
    manifest: new TextDecoder().decode(content),
    platforms,
  };
}

/** Every blob and manifest of an image once, by digest. */
export function contentsOf(image: Pick<ImageView, 'digest' | 'size' | 'platforms'>): ReadonlyMap<string, number> {
  const sizes = new Map([[image.digest, image.size]]);
  for (const { digest, size, config, layers } of image.platforms) {
    sizes.set(digest, size);
    for (const blob of config === undefined ? layers : [config, ...layers]) sizes.set(blob.digest, blob.size);
  }
  return sizes;
}

async function viewChild(reader: ContentReader, child: JsonObject, isWanted: boolean): Promise<ViewedPlatform[]> {
  const descriptor = descriptorIn(child);
  if (descriptor === undefined) return [];
  const platform = platformIn(child['platform']);
  const found = isWanted && !isIndexType(descriptor.mediaType) ? await reader.manifest(descriptor.digest) : undefined;
  const annotations = textsIn(child['annotations']);
  const named = platform === undefined ? {} : { platform };
  if (found === undefined) return [{ ...descriptor, ...named, isRead: false, layers: [], annotations }];
  const viewed = await viewManifest(reader, descriptor, documentIn(found.content) ?? {});
  return [{ ...viewed, ...named, annotations: { ...viewed.annotations, ...annotations } }];
}

async function viewManifest(
  reader: ContentReader,
  itself: ViewedDescriptor,
  document: JsonObject,
): Promise<ViewedPlatform> {
  const config = descriptorIn(document['config']);
  const isImage = config !== undefined && [OCI_CONFIG, DOCKER_CONFIG].includes(config.mediaType);
  const bytes = isImage && config.size <= MAX_CONFIG_BYTES ? await reader.blob(config) : undefined;
  const said = bytes === undefined ? undefined : documentIn(bytes);
  const platform = platformIn(said);
  return {
    ...itself,
    ...(platform !== undefined && { platform }),
    isRead: true,
    ...(config !== undefined && { config }),
    layers: listIn(document['layers'])
      .map(descriptorIn)
      .filter((layer) => layer !== undefined),
    ...(said !== undefined && { runs: configIn(said) }),
    annotations: textsIn(document['annotations']),
  };
}

function configIn(document: JsonObject): ViewedConfig {
  const config = isJsonObject(document['config']) ? document['config'] : {};
  const [created, architecture, os] = ['created', 'architecture', 'os'].map((field) => textIn(document[field]));
  const [user, workingDirectory] = [textIn(config['User']), textIn(config['WorkingDir'])];
  return {
    ...(created !== undefined && { created }),
    ...(architecture !== undefined && { architecture }),
    ...(os !== undefined && { os }),
    ...(user !== undefined && { user }),
    ...(workingDirectory !== undefined && { workingDirectory }),
    entrypoint: wordsIn(config['Entrypoint']),
    command: wordsIn(config['Cmd']),
    exposedPorts: isJsonObject(config['ExposedPorts']) ? Object.keys(config['ExposedPorts']) : [],
    labels: textsIn(config['Labels']),
  };
}

async function inTurns<Item, Result>(
  items: readonly Item[],
  work: (item: Item, place: number) => Promise<readonly Result[]>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let first = 0; first < items.length; first += AT_A_TIME) {
    const turn = items.slice(first, first + AT_A_TIME).map((item, place) => work(item, first + place));
    results.push(...(await Promise.all(turn)).flat());
  }
  return results;
}

function documentIn(bytes: Uint8Array): JsonObject | undefined {
  try {
    const document: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isJsonObject(document) ? document : undefined;
  } catch {
    return undefined;
  }
}

function descriptorIn(value: unknown): ViewedDescriptor | undefined {
  if (!isJsonObject(value)) return undefined;
  const { digest, size } = value;
  if (typeof digest !== 'string' || !isDigest(digest)) return undefined;
  const isSize = typeof size === 'number' && Number.isSafeInteger(size) && size > 0;
  return { digest, mediaType: textIn(value['mediaType']) ?? '', size: isSize ? size : 0 };
}

function platformIn(value: unknown): string | undefined {
  if (!isJsonObject(value)) return undefined;
  const parts = ['os', 'architecture', 'variant'].map((field) => textIn(value[field]));
  const known = parts.filter((part) => part !== undefined);
  return known.length < 2 ? undefined : known.join('/');
}

function listIn(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly unknown[]).filter(isJsonObject) : [];
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function wordsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? (value as readonly unknown[]).filter((word) => typeof word === 'string') : [];
}

function textsIn(value: unknown): Readonly<Record<string, string>> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
