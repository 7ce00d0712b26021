import type { ReferrerDocument, RemoteImage, RemoteRepository, RemoteTag } from '../../api/browsing/contract.ts';
import { imageDocument } from '../../oci/image-document.ts';
import {
  ClientError,
  LoginRefusedError,
  NotFoundError,
  ReferenceInvalidError,
  UnreachableError,
} from '../../client/client-error.ts';
import { pagesOf } from '../../client/pages.ts';
import { parseReference } from '../../client/reference.ts';
import type { RemoteRepository as Repository } from '../../client/remote-repository.ts';
import { digestTagsOf } from '../../copying/digest-tags.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { type Digest, parseDigest } from '../../oci/digest.ts';
import { viewImage, type ContentReader, type ViewedDescriptor } from '../../oci/image-view.ts';
import { isTag } from '../../oci/tag.ts';
import { CannotReachError, InterruptedError, RefusedError, UsageError } from '../cli-error.ts';
import { openEnd } from '../copy-ends.ts';
import type { Invocation } from '../invocation.ts';
import { readWithin, type PlaceName } from './name.ts';
import { repositoryOf, type Part, type Place, type Wanted } from './place.ts';

/** A registry that is not connected: asked from here, with the logins of docker and podman, or as anybody. */
export async function directPlace(
  invocation: Invocation,
  { head, rest, scheme }: PlaceName,
  signal: AbortSignal,
): Promise<Place> {
  const within = readWithin(rest);
  const hasRepository = within.repository !== '';
  // A login may be for a part of a registry: for all of it, any name will do.
  const reference = parsed(`${scheme}${head}/${hasRepository ? within.repository : 'catalog'}`);
  const repository = await openEnd(invocation, { end: 'source', reference, actions: ['pull'] }, {});
  const place: Place = {
    ...within,
    repository: hasRepository ? repository.name : '',
    name: reference.registry.name,
    repositories: (wanted) => listed(matching(catalog(repository, signal), wanted), wanted, repositoryOnly, signal),
    tags: (wanted) => {
      repositoryOf(place);
      return listed(matching(repository.tags(signal), wanted), wanted, tagOnly, signal);
    },
    referrers: (digest) => referrersOf(repository, parseDigest(digest), signal),
    image: async (tagOrDigest) => {
      repositoryOf(place);
      return await understood(signal, async () => await imageOf(repository, tagOrDigest, signal));
    },
  };
  return place;
}

async function imageOf(repository: Repository, tagOrDigest: string, signal: AbortSignal): Promise<RemoteImage> {
  const image = await viewImage(readerOf(repository, signal), tagOrDigest);
  if (image !== undefined) return imageDocument(image, { repository: repository.name, reference: tagOrDigest });
  const where = `${repository.registry.address.name}/${repository.name}`;
  throw new RefusedError('IMAGE_UNKNOWN', `There is no ${where} ${tagOrDigest}, or none that this login may see.`);
}

/** All at once: the client reads every page, up to a bound of its own. */
async function* referrersOf(
  repository: Repository,
  subject: Digest,
  signal: AbortSignal,
): AsyncGenerator<Part<ReferrerDocument>, void> {
  const items = await understood(signal, async () => {
    const listed = (await repository.listReferrers(subject, signal)).map((found) => documentOf(found, null));
    const tagged = await digestTagsOf(repository, subject, signal);
    return [...listed, ...tagged.map(({ tag, ...found }) => documentOf(found, tag))];
  });
  yield { items, isLast: true };
}

function documentOf(
  found: Pick<Descriptor, 'digest' | 'mediaType'> & Partial<Descriptor>,
  tag: string | null,
): ReferrerDocument {
  const { digest, mediaType, artifactType, size, annotations } = found;
  const unknown = { artifactType: artifactType ?? null, size: size ?? null };
  return { digest, mediaType, ...unknown, tag, annotations: { ...annotations } };
}

function readerOf(repository: Repository, signal: AbortSignal): ContentReader {
  return {
    manifest: async (text) => {
      const found = await repository.findManifest(isTag(text) ? text : parseDigest(text), signal);
      return found === undefined ? undefined : { ...found.head, content: found.bytes };
    },
    blob: async ({ digest, size }: ViewedDescriptor) => {
      const pieces: Uint8Array[] = [];
      for await (const piece of repository.readBlob({ digest: parseDigest(digest), size }).from(0, signal)) {
        pieces.push(piece);
      }
      return Buffer.concat(pieces);
    },
  };
}

async function* catalog({ registry }: Repository, signal: AbortSignal): AsyncGenerator<string, void> {
  const url = `${registry.address.origin}/v2/_catalog?n=1000`;
  const request = { method: 'GET', url, scopes: ['registry:catalog:*'], what: 'listing its repositories', signal };
  for await (const { repositories } of pagesOf(registry, request)) {
    if (!Array.isArray(repositories)) continue;
    for (const name of repositories as readonly unknown[]) if (typeof name === 'string') yield name;
  }
}

async function* matching(names: AsyncIterable<string>, { search }: Wanted): AsyncGenerator<string, void> {
  for await (const name of names) if (name.includes(search)) yield name;
}

/** One more than is wanted, so that it is known whether there are more. */
async function* listed<Item>(
  names: AsyncIterable<string>,
  { limit }: Wanted,
  itemOf: (name: string) => Item,
  signal: AbortSignal,
): AsyncGenerator<Part<Item>, void> {
  const items: Item[] = [];
  await understood(signal, async () => {
    for await (const name of names) {
      items.push(itemOf(name));
      if (items.length > limit) break;
    }
  });
  yield { items, isLast: true };
}

function repositoryOnly(name: string): RemoteRepository {
  return { name, tags: null, bytes: null, pushedAt: null, pulledAt: null, isPublic: null, description: null };
}

function tagOnly(name: string): RemoteTag {
  const unknown = { mediaType: null, bytes: null, pushedAt: null, pulledAt: null, platforms: null, isImmutable: null };
  return { name, digest: null, ...unknown };
}

function parsed(text: string): ReturnType<typeof parseReference> {
  try {
    return parseReference(text);
  } catch (error) {
    throw asCliError(error);
  }
}

async function understood<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw signal.aborted ? new InterruptedError() : asCliError(error);
  }
}

function asCliError(error: unknown): unknown {
  if (error instanceof ReferenceInvalidError) return new UsageError(error.message);
  if (error instanceof NotFoundError) {
    return new RefusedError(error.code, `${error.message} It may not exist, or not be visible to this login.`);
  }
  if (error instanceof LoginRefusedError) {
    const hint = 'Some registries say so of what does not exist, too: look at the name, and at the login.';
    return new RefusedError(error.code, `${error.message} ${hint}`);
  }
  if (error instanceof UnreachableError) return new CannotReachError(error.message, { cause: error });
  return error instanceof ClientError ? new RefusedError(error.code, error.message) : error;
}
