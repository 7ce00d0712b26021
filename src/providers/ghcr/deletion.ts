import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import type { DeletionOutcome, DeletionTarget } from '../account.ts';
import { objectIn } from '../oci/answer.ts';
import { deleteTagByDummy } from '../oci/dummy-tag.ts';
import { saidIn } from '../said.ts';
import { sortedByName } from '../names.ts';
import type { GhcrSession } from './ghcr-session.ts';
import { versionOf } from './versions.ts';

interface Deleting {
  readonly repository: string;
  readonly targets: readonly DeletionTarget[];
  readonly signal: AbortSignal;
}

type Manifest = DeletionTarget & { readonly kind: 'manifest' };
type Result = Pick<DeletionOutcome, 'result' | 'reason'>;

/** GitHub has words for it, and no code: the last version with a tag goes with its package. */
const IS_LAST = /last (?:tagged )?version/i;

/**
 * Tags, then indexes, then the rest. The last version goes with the package, when nothing else is left in that; within
 * 30 days GitHub can restore either.
 */
export async function* deleteFromGhcr(
  session: GhcrSession,
  { repository, targets, signal }: Deleting,
): AsyncGenerator<DeletionOutcome, void> {
  const path = await session.packageOf(repository, signal);
  const versions = new Versions(session, { path, repository, signal });
  const last: Manifest[] = [];
  const { named, refused } = sortedByName(targets);
  yield* refused;
  for (const target of inOrder(named)) {
    if (target.kind === 'tag') {
      yield { target, ...(await versions.deleteTag(target.tag, target.digest)) };
      continue;
    }
    const result = await versions.deleteVersion(target);
    if (result === 'last') last.push(target);
    else yield { target, ...result };
  }
  for (const target of last) yield { target, ...(await versions.deleteLast(target)) };
}

function inOrder(targets: readonly DeletionTarget[]): readonly DeletionTarget[] {
  const place = (target: DeletionTarget): number => (target.kind === 'tag' ? 0 : target.isIndex ? 1 : 2);
  return targets.toSorted((one, other) => place(one) - place(other));
}

interface PackageOptions {
  /** Of the package, at GitHub's API. */
  readonly path: string;
  readonly repository: string;
  readonly signal: AbortSignal;
}

class Versions {
  readonly #session: GhcrSession;
  readonly #options: PackageOptions;

  constructor(session: GhcrSession, options: PackageOptions) {
    this.#session = session;
    this.#options = options;
  }

  async deleteTag(tag: string, digest: string | undefined): Promise<Result> {
    const { repository, signal, path } = this.#options;
    const { registry, api } = this.#session;
    const found = await this.#find((version) => version.tags.includes(tag));
    if (found === undefined) return { result: 'gone-already' };
    if (digest !== undefined && found.digest !== digest) return movedSince(tag);
    const deleteDigest = async (dummy: string): Promise<UpstreamAnswer> => {
      const version = await this.#find((one) => one.digest === dummy);
      if (version === undefined) return NOT_FOUND;
      return await api.send({ method: 'DELETE', path: `${path}/versions/${version.id}`, signal });
    };
    return await deleteTagByDummy({ session: registry, repository, tag, deleteDigest, signal });
  }

  /** `last`: only with the package. */
  async deleteVersion({ digest, tags, reference }: Manifest): Promise<Result | 'last'> {
    const { path, signal, repository } = this.#options;
    const { api } = this.#session;
    const id = reference ?? (await this.#find((version) => version.digest === digest))?.id;
    if (id === undefined) return { result: 'gone-already' };
    const version = `${path}/versions/${encodeURIComponent(id)}`;
    const found = await api.send({ path: version, signal });
    if (found.status === 404) return { result: 'gone-already' };
    // Its tags would go with it, also those that came since it was decided on.
    const more = versionOf(objectIn(found.body) ?? {})?.tags.find((tag) => !tags.includes(tag));
    if (more !== undefined) return { result: 'refused', reason: `It has the tag ${more} by now.` };
    const answer = await api.send({ method: 'DELETE', path: version, signal });
    if (answer.status === 404) return { result: 'gone-already' };
    if (answer.status >= 200 && answer.status < 300) return { result: 'deleted' };
    if (IS_LAST.test(saidIn(answer, []))) return 'last';
    const refusal = api.refusalOf(answer, `deleting from ${repository}`);
    if (refusal.diagnosis === 'rate-limited' || answer.status === 401) throw refusal;
    return { result: 'refused', reason: api.reasonOf(answer) };
  }

  async deleteLast(target: Manifest): Promise<Result> {
    const { path, signal } = this.#options;
    const { api } = this.#session;
    const other = await this.#find((version) => version.digest !== target.digest);
    if (other !== undefined) {
      const result = await this.deleteVersion(target);
      if (result !== 'last') return result;
      return {
        result: 'refused',
        reason:
          'It is the last version with a tag, and other versions are left: GitHub deletes it only with the package.',
      };
    }
    const answer = await api.send({ method: 'DELETE', path, signal });
    if (answer.status === 404) return { result: 'gone-already' };
    if (answer.status >= 200 && answer.status < 300) return { result: 'deleted' };
    return { result: 'refused', reason: api.reasonOf(answer) };
  }

  async #find(matches: (version: Version) => boolean): Promise<Version | undefined> {
    const { path, repository, signal } = this.#options;
    for await (const item of this.#session.all(`${path}/versions`, `listing the versions of ${repository}`, signal)) {
      const version = versionOf(item);
      if (version !== undefined && matches(version)) return version;
    }
    return undefined;
  }
}

type Version = NonNullable<ReturnType<typeof versionOf>>;

const NOT_FOUND: UpstreamAnswer = { status: 404, headers: new Map(), body: new Uint8Array(), url: '' };

function movedSince(tag: string): Result {
  return { result: 'refused', reason: `The tag ${tag} names something else by now.` };
}
