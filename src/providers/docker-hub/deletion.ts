import type { DeletionOutcome, DeletionTarget } from '../account.ts';
import { objectIn } from '../oci/answer.ts';
import { textIn } from '../native/json-fields.ts';
import type { HubSession } from './hub-session.ts';
import { sortedByName } from '../names.ts';
import { hubNameOf, pathOf } from './lists.ts';

interface Deleting {
  readonly repository: string;
  readonly targets: readonly DeletionTarget[];
  readonly signal: AbortSignal;
}

type Result = Pick<DeletionOutcome, 'result' | 'reason'>;

/** Tags, then indexes, then what these name: Docker Hub keeps what has a name. */
export async function* deleteFromHub(
  session: HubSession,
  { repository, targets, signal }: Deleting,
): AsyncGenerator<DeletionOutcome, void> {
  const { named, refused } = sortedByName(targets);
  yield* refused;
  for (const target of inOrder(named)) {
    const options = { repository, signal };
    const result =
      target.kind === 'tag'
        ? await deleteTag(session, { ...options, tag: target.tag, digest: target.digest })
        : await deleteManifest(session, { ...options, target });
    yield { target, ...result };
  }
}

function inOrder(targets: readonly DeletionTarget[]): readonly DeletionTarget[] {
  const place = (target: DeletionTarget): number => (target.kind === 'tag' ? 0 : target.isIndex ? 1 : 2);
  return targets.toSorted((one, other) => place(one) - place(other));
}

interface TagToDelete {
  readonly repository: string;
  readonly tag: string;
  /** What it named when it was decided on; something else since: it is kept. */
  readonly digest: string | undefined;
  readonly signal: AbortSignal;
}

async function deleteTag({ api }: HubSession, { repository, tag, digest, signal }: TagToDelete): Promise<Result> {
  const path = `${pathOf(repository)}/tags/${encodeURIComponent(tag)}`;
  if (digest !== undefined) {
    const found = await api.send({ path, signal });
    if (found.status === 404) return { result: 'gone-already' };
    const named = textIn(objectIn(found.body) ?? {}, 'digest');
    if (found.status === 200 && named !== undefined && named !== digest) {
      return { result: 'refused', reason: `The tag ${tag} names something else by now.` };
    }
  }
  // The documented path of a tag cannot be deleted; this one is that of Docker's own tools, with its final slash.
  const { namespace, name } = hubNameOf(repository);
  const old = `/v2/repositories/${namespace}/${name}/tags/${encodeURIComponent(tag)}/`;
  const answer = await api.send({ method: 'DELETE', path: old, signal });
  if (answer.status === 404) return { result: 'gone-already' };
  if (answer.status >= 200 && answer.status < 300) return { result: 'deleted' };
  if (answer.status === 429 || answer.status === 401) throw api.refusalOf(answer, `deleting from ${repository}`);
  return { result: 'refused', reason: api.reasonOf(answer) };
}

async function deleteManifest(
  session: HubSession,
  {
    repository,
    target,
    signal,
  }: { repository: string; target: DeletionTarget & { kind: 'manifest' }; signal: AbortSignal },
): Promise<Result> {
  const { digest, tags } = target;
  for (const tag of tags) {
    const { result, reason } = await deleteTag(session, { repository, tag, digest, signal });
    if (result === 'refused') return { result, reason: `Its tag ${tag} could not be deleted. ${reason ?? ''}`.trim() };
  }
  const { registry } = session;
  const { namespace, name: last } = hubNameOf(repository);
  const name = `${namespace}/${last}`;
  const answer = await registry.send({
    method: 'DELETE',
    path: `/v2/${name}/manifests/${digest}`,
    scopes: [`repository:${name}:pull,delete`],
    signal,
  });
  if (answer.status === 404) return { result: 'gone-already' };
  if (answer.status >= 200 && answer.status < 300) return { result: 'deleted' };
  // Docker Hub goes on with it all the same.
  if (answer.status === 500) return { result: 'accepted' };
  if (answer.status === 429) throw registry.refusalOf(answer, `deleting from ${repository}`);
  const why =
    answer.status === 403
      ? 'It still has a tag, an index still names it, or these credentials may not delete'
      : 'Docker Hub refuses it';
  return { result: 'refused', reason: `${why}: ${registry.saidBy(answer)}.` };
}
