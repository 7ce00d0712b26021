import { isJsonObject } from '../../oci/json-object.ts';
import { OCI_INDEX, parseMediaType } from '../../oci/media-types.ts';
import { nextOf, objectIn } from './answer.ts';
import { inParallel } from './in-parallel.ts';
import type { OciSession } from './oci-session.ts';

/** More pages of what refers to one manifest are not read. */
const MAX_PAGES = 100;

/** What refers to the manifests of a repository, by the API that newer registries have for it. */
export class Referrers {
  readonly #session: OciSession;
  readonly #repository: string;
  readonly #signal: AbortSignal;
  /** `undefined`: nobody asked yet. */
  #hasApi: boolean | undefined;

  constructor(session: OciSession, repository: string, signal: AbortSignal) {
    this.#session = session;
    this.#repository = repository;
    this.#signal = signal;
  }

  /** Digests of what refers to any of these; none where there is no such API: clients then keep a tag for it. */
  async of(subjects: readonly string[]): Promise<readonly string[]> {
    const [first, ...others] = subjects;
    if (first === undefined || this.#hasApi === false) return [];
    // One is asked alone: older registries have no such API.
    const ofFirst = await this.#ask(first);
    this.#hasApi ??= ofFirst !== undefined;
    if (ofFirst === undefined && !this.#hasApi) return [];
    const ofOthers = await inParallel(others, async (subject) => (await this.#ask(subject)) ?? []);
    return [...(ofFirst ?? []), ...ofOthers.flat()];
  }

  /** `undefined`: there is no such API. @see distribution-spec v1.1.1 §Listing Referrers */
  async #ask(subject: string): Promise<readonly string[] | undefined> {
    const found: string[] = [];
    let path: string | undefined = `/v2/${this.#repository}/referrers/${subject}`;
    for (let page = 0; path !== undefined && page < MAX_PAGES; page += 1) {
      const answer = await this.#session.send({
        method: 'GET',
        path,
        scopes: [`repository:${this.#repository}:pull`],
        headers: { Accept: OCI_INDEX },
        signal: this.#signal,
      });
      const type = parseMediaType(answer.headers.get('content-type') ?? '');
      const list = objectIn(answer.body)?.['manifests'];
      if (answer.status === 429 || answer.status >= 500) {
        throw this.#session.refusalOf(answer, `listing what refers to ${subject}`);
      }
      if (answer.status !== 200 || !(type === OCI_INDEX || Array.isArray(list))) return page === 0 ? undefined : found;
      found.push(...digestsIn(list));
      const next = nextOf(answer);
      path = next === undefined ? undefined : next.pathname + next.search;
    }
    return found;
  }
}

function digestsIn(list: unknown): readonly string[] {
  if (!Array.isArray(list)) return [];
  return (list as readonly unknown[])
    .map((entry) => (isJsonObject(entry) ? entry['digest'] : undefined))
    .filter((digest) => typeof digest === 'string')
    .filter((digest) => /^sha(?:256|512):[0-9a-f]+$/.test(digest));
}
