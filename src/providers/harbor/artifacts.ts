import { isJsonObject, type JsonObject } from '../../oci/json-object.ts';
import type { Page, PageRequest, RemoteImage, RemotePlatform, RemoteRepositorySummary, RemoteTag } from '../account.ts';
import { dateIn, numberIn, objectsIn, present, textIn } from '../native/json-fields.ts';
import { pageOfMany } from '../page-of-many.ts';
import { type HarborApi, MAX_PAGE_SIZE, pathOf } from './harbor-api.ts';

/** What is asked of a list of artifacts, so that no other request is needed. */
const WITH = { with_tag: 'true', with_immutable_status: 'true', with_accessory: 'true' };

/** @param project only its repositories; empty: all that we may see. */
export async function listRepositories(
  api: HarborApi,
  { project, page }: { readonly project: string; readonly page: PageRequest },
  signal: AbortSignal,
): Promise<Page<RemoteRepositorySummary>> {
  const { number, size } = placeOf(page);
  const { items, total } = await api.page({
    path: project === '' ? '/repositories' : `/projects/${encodeURIComponent(project)}/repositories`,
    page: number,
    size,
    query: { sort: 'name', ...(page.search !== undefined && page.search !== '' && { q: `name=~${page.search}` }) },
    doing: 'listing its repositories',
    signal,
  });
  const hasMore = total === undefined ? items.length === size : number * size < total;
  return {
    items: items.flatMap(summaryOf),
    ...(total !== undefined && { total }),
    ...(hasMore && { next: `${number + 1}x${size}` }),
  };
}

/** The number and the size of a page stand in what follows it, so that it begins where the one before ended. */
function placeOf({ after, limit }: PageRequest): { readonly number: number; readonly size: number } {
  const [, number = '1', size = String(Math.min(limit, MAX_PAGE_SIZE))] = /^(\d+)x(\d+)$/.exec(after ?? '') ?? [];
  return { number: Math.max(1, Number(number)), size: Math.min(Math.max(1, Number(size)), MAX_PAGE_SIZE) };
}

function summaryOf(object: JsonObject): readonly RemoteRepositorySummary[] {
  const name = textIn(object, 'name');
  if (name === undefined) return [];
  return [
    {
      name,
      ...present({ pushedAt: dateIn(object, 'update_time'), description: textIn(object, 'description') }),
    },
  ];
}

/** Tags belong to artifacts, and these are listed: the last pushed first. */
export async function listTags(
  api: HarborApi,
  { repository, page }: { readonly repository: string; readonly page: PageRequest },
  signal: AbortSignal,
): Promise<Page<RemoteTag>> {
  const { search = '' } = page;
  return await pageOfMany(page, async (native) => {
    const number = Number(native ?? 1);
    const { items, total } = await api.page({
      path: `${pathOf(repository)}/artifacts`,
      page: number,
      size: MAX_PAGE_SIZE,
      query: { ...WITH, with_accessory: 'false', sort: '-push_time', q: search === '' ? 'tags=*' : `tags=~${search}` },
      doing: `listing the tags of ${repository}`,
      signal,
    });
    const tags = items.flatMap(tagsOf).filter(({ name }) => name.includes(search));
    return { items: tags, next: isLast(number, items.length, total) ? undefined : String(number + 1) };
  });
}

/** Every artifact, what its index names, and what belongs to it: signatures, lists of parts. */
export async function* listImages(
  api: HarborApi,
  repository: string,
  signal: AbortSignal,
): AsyncGenerator<RemoteImage, void> {
  const given = new Set<string>();
  // A child may have tags, and is then listed for itself as well.
  const relatives = new Map<string, RemoteImage>();
  for (let number = 1; ; number += 1) {
    const { items, total } = await api.page({
      path: `${pathOf(repository)}/artifacts`,
      page: number,
      size: MAX_PAGE_SIZE,
      query: { ...WITH, sort: '-push_time' },
      doing: `listing the images of ${repository}`,
      signal,
    });
    for (const item of items) {
      const image = imageOf(item);
      if (image === undefined || given.has(image.digest)) continue;
      given.add(image.digest);
      yield image;
      for (const relative of relativesOf(item, image)) relatives.set(relative.digest, relative);
    }
    if (isLast(number, items.length, total)) break;
  }
  for (const [digest, image] of relatives) if (!given.has(digest)) yield image;
}

function isLast(number: number, count: number, total: number | undefined): boolean {
  return total === undefined ? count < MAX_PAGE_SIZE : number * MAX_PAGE_SIZE >= total;
}

function imageOf(artifact: JsonObject): RemoteImage | undefined {
  const digest = textIn(artifact, 'digest');
  if (digest === undefined) return undefined;
  const tags = objectsIn(artifact, 'tags');
  const references = objectsIn(artifact, 'references');
  const immutable = tags.find((tag) => tag['immutable'] === true);
  return {
    digest,
    tags: tags.map((tag) => textIn(tag, 'name')).filter((name) => name !== undefined),
    // What is about something is listed as an accessory of that.
    subject: null,
    children: references.map((one) => textIn(one, 'child_digest')).filter((child) => child !== undefined),
    ...present({
      mediaType: textIn(artifact, 'manifest_media_type'),
      artifactType: textIn(artifact, 'artifact_type'),
      bytes: numberIn(artifact, 'size'),
      pushedAt: dateIn(artifact, 'push_time'),
      pulledAt: dateIn(artifact, 'pull_time'),
      lockedBecause:
        immutable === undefined
          ? undefined
          : `A rule of its project makes its tag ${textIn(immutable, 'name')} immutable.`,
    }),
  };
}

function relativesOf(artifact: JsonObject, { pushedAt, digest: subject }: RemoteImage): readonly RemoteImage[] {
  const children = objectsIn(artifact, 'references').map((reference) => ({
    digest: textIn(reference, 'child_digest'),
  }));
  const accessories = objectsIn(artifact, 'accessories').map((accessory) => ({
    digest: textIn(accessory, 'digest'),
    subject,
    bytes: numberIn(accessory, 'size'),
    artifactType: textIn(accessory, 'type'),
  }));
  return [...children, ...accessories].flatMap(({ digest, ...facts }) =>
    // Harbor itself keeps what a part of a part names.
    digest === undefined ? [] : [{ digest, tags: [], children: [], subject: null, ...present({ pushedAt, ...facts }) }],
  );
}

function tagsOf(artifact: JsonObject): readonly RemoteTag[] {
  const platforms = platformsOf(artifact);
  return objectsIn(artifact, 'tags').flatMap((tag) => {
    const name = textIn(tag, 'name');
    if (name === undefined) return [];
    const { immutable } = tag;
    return [
      {
        name,
        ...present({
          digest: textIn(artifact, 'digest'),
          mediaType: textIn(artifact, 'manifest_media_type'),
          bytes: numberIn(artifact, 'size'),
          pushedAt: dateIn(tag, 'push_time'),
          pulledAt: dateIn(tag, 'pull_time'),
          platforms: platforms.length === 0 ? undefined : platforms,
          isImmutable: typeof immutable === 'boolean' ? immutable : undefined,
        }),
      },
    ];
  });
}

function platformsOf(artifact: JsonObject): readonly RemotePlatform[] {
  const references = objectsIn(artifact, 'references').flatMap((reference) => {
    const platform = platformIn(reference['platform']);
    return platform === undefined ? [] : [{ platform, ...present({ digest: textIn(reference, 'child_digest') }) }];
  });
  if (references.length > 0) return references;
  const platform = platformIn(artifact['extra_attrs']);
  return platform === undefined ? [] : [{ platform, ...present({ digest: textIn(artifact, 'digest') }) }];
}

function platformIn(value: unknown): string | undefined {
  if (!isJsonObject(value)) return undefined;
  const parts = [textIn(value, 'os'), textIn(value, 'architecture'), textIn(value, 'variant')];
  return parts[0] === undefined || parts[1] === undefined ? undefined : parts.filter(Boolean).join('/');
}
