import type { PageRequest, RemoteTag } from '../account.ts';
import { dateIn, numberIn, present, textIn } from '../native/json-fields.ts';
import { linkToNext, type NativeApi, onlyNamed, queryOfNext } from '../native/native-api.ts';
import { type DeletionResult, movedSince } from '../native/tag-deletion.ts';
import { PAGE_PARAMETERS } from './repositories.ts';

const MAX_PAGE = 100;

/** A page of names: what is behind them takes a request each. By key set on gitlab.com, by number elsewhere. */
export async function tagNames(
  api: NativeApi,
  {
    path,
    repository,
    page: { after, limit },
  }: { readonly path: string; readonly repository: string; readonly page: PageRequest },
  signal: AbortSignal,
): Promise<{ readonly items: readonly string[]; readonly next: string | undefined }> {
  const first = `per_page=${Math.min(limit, MAX_PAGE)}`;
  const query = after === undefined ? first : onlyNamed(new URLSearchParams(after), PAGE_PARAMETERS);
  const { items, answer } = await api.list(
    { path: `${path}/tags?${query}`, signal },
    `listing the tags of ${repository}`,
  );
  return {
    items: items.flatMap((item) => textIn(item, 'name') ?? []),
    next: queryOfNext(linkToNext(answer), PAGE_PARAMETERS),
  };
}

/** `undefined`: it is gone. */
export async function detailsOf(
  api: NativeApi,
  { path, name }: { readonly path: string; readonly name: string },
  signal: AbortSignal,
): Promise<RemoteTag | undefined> {
  const answer = await api.send({ path: `${path}/tags/${encodeURIComponent(name)}`, signal });
  if (answer.status === 404) return undefined;
  const { object } = api.objectIn(answer, `looking at the tag ${name}`);
  const [digest, bytes, pushedAt] = [
    textIn(object, 'digest'),
    numberIn(object, 'total_size'),
    // When it was built: GitLab does not tell when it was pushed.
    dateIn(object, 'created_at'),
  ];
  return { name, ...present({ digest, bytes, pushedAt }) };
}

export async function deleteTag(
  api: NativeApi,
  { path, name, digest }: { readonly path: string; readonly name: string; readonly digest: string | undefined },
  signal: AbortSignal,
): Promise<DeletionResult> {
  if (digest !== undefined) {
    const found = await detailsOf(api, { path, name }, signal);
    if (found === undefined) return { result: 'gone-already' };
    if (found.digest !== undefined && found.digest !== digest) return movedSince(name);
  }
  const answer = await api.send({ method: 'DELETE', path: `${path}/tags/${encodeURIComponent(name)}`, signal });
  if (answer.status === 404) return { result: 'gone-already' };
  if (answer.status === 202) return { result: 'accepted' };
  if (answer.status >= 200 && answer.status < 300) return { result: 'deleted' };
  if (answer.status === 429 || answer.status === 401) throw api.refusalOf(answer, `deleting the tag ${name}`);
  return { result: 'refused', reason: api.reasonOf(answer) };
}
