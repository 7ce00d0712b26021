import type { Queryable } from '../metadata/database.ts';
import { listDeletable } from '../metadata/deletable-manifests.ts';
import { findTagged } from '../metadata/many-rows.ts';
import { findRepositoryId } from '../metadata/repositories.ts';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';
import type { Permitted } from './evaluation.ts';
import type { PlanItem } from './plan.ts';
import type { PlacedItem } from './stored-plan.ts';

/**
 * - `added`: it would go now, and was not planned
 * - `gone`: it is not there any more
 * - `retagged`: other tags name it
 * - `moved`: the tag names something else
 * - `kept`: nothing wants it gone any more, or something keeps it
 * - `pulled`: somebody pulled it since
 */
export interface PlanChange {
  readonly kind: 'added' | 'gone' | 'retagged' | 'moved' | 'kept' | 'pulled';
  readonly repository: RepositoryName;
  readonly digest: Digest;
  readonly tags: readonly Tag[];
  /** A sentence. */
  readonly text: string;
}

/** What a plan was to delete: enough of it to see what is different. */
export interface Planned {
  readonly position: number;
  readonly kind: PlanItem['kind'];
  readonly repository: RepositoryName;
  readonly digest: Digest;
  readonly tags: readonly Tag[];
  readonly pulledAt: string | undefined;
}

/** Compares what was planned with what would be planned now. */
export class PlanComparison implements Permitted {
  readonly #planned = new Map<string, Planned>();
  readonly #seen = new Set<string>();
  readonly #tags = new Set<string>();
  readonly #digests = new Set<string>();
  readonly #changes = new Map<string, PlanChange>();
  readonly #added: PlanChange[] = [];

  /** How much was planned. */
  get size(): number {
    return this.#planned.size;
  }

  plan({ position, item }: PlacedItem): void {
    if (item.action !== 'delete') return;
    const { kind, repository, digest, tags, lastPull } = item;
    this.#planned.set(keyOf(item), { position, kind, repository, digest, tags, pulledAt: lastPull?.at });
    this.#digests.add(`${repository}@${digest}`);
    for (const tag of tags) this.#tags.add(`${repository}:${tag}`);
  }

  /** Takes what would be planned now. */
  see(items: readonly PlanItem[]): void {
    for (const item of items) {
      const key = keyOf(item);
      const planned = this.#planned.get(key);
      if (item.action === 'keep') {
        if (planned !== undefined)
          this.#change(key, { kind: 'kept', ...subjectOf(item), text: item.blockedBy.join('; ') });
      } else if (planned === undefined) {
        this.#added.push({
          kind: 'added',
          ...subjectOf(item),
          text: `it would go now, and was not planned: ${item.reason}`,
        });
      } else {
        this.#seen.add(key);
        this.#compare(key, planned, item);
      }
    }
  }

  /** Finds out what became of what would not be planned any more. */
  async settle(lookUp: LookUp): Promise<void> {
    const missing = [...this.#planned].filter(([key]) => !this.#seen.has(key) && !this.#changes.has(key));
    for (const [repository, entries] of Map.groupBy(missing, ([, { repository }]) => repository)) {
      const found = await lookUp(
        repository,
        entries.map(([, planned]) => planned),
      );
      for (const [key, planned] of entries) this.#change(key, whatBecame(planned, found));
    }
  }

  /** Of what there is in a repository, what {@link settle} may ask for: no more need be remembered. */
  foundIn(repository: RepositoryName, { manifests, digestByTag }: Found): Found {
    const isPlanned = (digest: Digest): boolean => this.#digests.has(`${repository}@${digest}`);
    const planned = [...manifests].filter(([digest]) => isPlanned(digest));
    return {
      manifests: new Map(planned.map(([digest, { tags }]) => [digest, { tags }])),
      digestByTag: new Map([...digestByTag].filter(([tag]) => this.hasTag(repository, tag))),
    };
  }

  /** All of them; of what is changed itself, that it counts as something new is not told again. */
  get changes(): readonly PlanChange[] {
    const changed = new Set(Array.from(this.#changes.values(), ({ repository, digest }) => `${repository}@${digest}`));
    const added = this.#added.filter(({ repository, digest }) => !changed.has(`${repository}@${digest}`));
    return [...this.#changes.values(), ...added];
  }

  hasManifest(repository: RepositoryName, digest: string): boolean {
    const key = `${repository}@${digest}`;
    return this.#planned.has(key) && !this.#changes.has(key);
  }

  hasTag(repository: RepositoryName, tag: string): boolean {
    return this.#tags.has(`${repository}:${tag}`);
  }

  /** Of what was planned and must stay: its place, and why. @param accepted keys of what still goes. */
  skipped(accepted: ReadonlySet<string>): readonly { readonly position: number; readonly text: string }[] {
    return [...this.#planned].flatMap(([key, { position }]) => {
      if (accepted.has(key) && !this.#changes.has(key)) return [];
      return { position, text: this.#changes.get(key)?.text ?? 'what it goes with stays' };
    });
  }

  #compare(key: string, planned: Planned, item: PlanItem): void {
    const before = new Set(planned.tags);
    const fresh = item.tags.filter((tag) => !before.has(tag));
    const pulledAt = item.lastPull?.at;
    if (item.kind === 'tag' && item.digest !== planned.digest) {
      this.#change(key, { kind: 'moved', ...subjectOf(planned), text: `it names ${item.digest} by now` });
    } else if (fresh.length > 0 || item.tags.length !== planned.tags.length) {
      const text = fresh.length > 0 ? `${fresh.join(', ')} name it by now` : 'it lost some of its tags';
      this.#change(key, { kind: 'retagged', ...subjectOf(planned), text });
    } else if (pulledAt !== undefined && pulledAt > (planned.pulledAt ?? '')) {
      const text = `${item.lastPull?.by ?? 'somebody'} pulled it at ${pulledAt}`;
      this.#change(key, { kind: 'pulled', ...subjectOf(planned), text });
    }
  }

  #change(key: string, change: PlanChange): void {
    this.#changes.set(key, change);
  }
}

/** A manifest by its digest, a tag by its name. */
export function keyOf({
  kind,
  repository,
  digest,
  tags,
}: Pick<PlanItem, 'kind' | 'repository' | 'digest' | 'tags'>): string {
  return kind === 'manifest' ? `${repository}@${digest}` : `${repository}:${tags[0] ?? ''}`;
}

function subjectOf({ repository, digest, tags }: Pick<PlanChange, 'repository' | 'digest' | 'tags'>) {
  return { repository, digest, tags };
}

/** What there is by now of what was planned in one repository. */
export type LookUp = (repository: RepositoryName, planned: readonly Planned[]) => Promise<Found>;

export interface Found {
  readonly manifests: ReadonlyMap<Digest, { readonly tags: readonly Tag[] }>;
  readonly digestByTag: ReadonlyMap<Tag, Digest>;
}

/** In the facts of this registry. */
export async function lookUpIn(
  facts: Queryable,
  repository: RepositoryName,
  planned: readonly Planned[],
): Promise<Found> {
  const id = await findRepositoryId(facts, repository);
  if (id === undefined) return { manifests: new Map(), digestByTag: new Map() };
  const manifests = await listDeletable(
    facts,
    id,
    planned.map(({ digest }) => digest),
  );
  const tags = planned.flatMap(({ kind, tags: named }) => (kind === 'tag' ? named : []));
  return {
    manifests: new Map(manifests.map((manifest) => [manifest.digest, manifest])),
    digestByTag: await findTagged(facts, id, tags),
  };
}

function whatBecame(planned: Planned, { manifests, digestByTag }: Found): PlanChange {
  const subject = subjectOf(planned);
  const manifest = manifests.get(planned.digest);
  if (manifest === undefined) return { kind: 'gone', ...subject, text: 'it is gone' };
  if (planned.kind === 'tag') {
    const now = planned.tags[0] === undefined ? undefined : digestByTag.get(planned.tags[0]);
    if (now === undefined) return { kind: 'gone', ...subject, text: 'it is gone' };
    if (now !== planned.digest) return { kind: 'moved', ...subject, text: `it names ${now} by now` };
    return { kind: 'kept', ...subject, text: 'it is not to go alone any more' };
  }
  const fresh = manifest.tags.filter((tag) => !planned.tags.includes(tag));
  if (fresh.length > 0) return { kind: 'retagged', ...subject, text: `${fresh.join(', ')} name it by now` };
  return { kind: 'kept', ...subject, text: 'nothing wants it gone any more' };
}
