import type { Actor } from '../metadata/actor.ts';
import type { Queryable } from '../metadata/database.ts';
import type { RepositoryKey } from '../metadata/repositories.ts';
import { listRepositories } from '../metadata/repository-images.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import { parseRepositoryPattern, type RepositoryPattern } from '../oci/repository-pattern.ts';
import type { RepositoryRules } from '../registry/rules/repository-rules.ts';
import type { Rules } from '../registry/rules/rules.ts';
import type { PolicyDocument, PolicyKind } from '../retention/document.ts';
import { readPolicy } from '../retention/read-policy.ts';
import type { Choice } from './choice.ts';
import { FreedBytes } from './freed-bytes.ts';
import { pagesOf } from './pages.ts';
import { canonicalLine, type PlanItem, type PlanSource, type PlanSummary } from './plan.ts';
import { itemsOf } from './plan-items.ts';
import { chooseByPolicy } from './policy-choice.ts';
import { removalOf, type Protections } from './removal.ts';
import { viewRepository, type RepositoryView } from './repository-view.ts';
import { readSelection } from './selection.ts';

export interface EvaluationOptions {
  readonly source: PlanSource;
  readonly rules: Pick<Rules, 'at'>;
  /** Who would delete: rules may let some do what others may not. */
  readonly actor: Actor;
  /** Ages are counted to this moment: that of the plan, so that applying it later means the same images. */
  readonly asOf: Date;
  /** For the rules of repositories. */
  readonly now: Date;
  /** Only these may go, of what else would. */
  readonly permitted?: Permitted;
  readonly signal: AbortSignal;
  /** Called after each repository. */
  readonly onProgress?: (progress: EvaluationProgress) => void;
}

export interface Permitted {
  hasManifest(repository: RepositoryName, digest: string): boolean;
  hasTag(repository: RepositoryName, tag: string): boolean;
}

export interface EvaluationProgress {
  readonly repositories: number;
  readonly images: number;
}

export interface Evaluated {
  readonly summary: PlanSummary;
  /** `sha256:…` over what goes. */
  readonly digest: string;
}

/** Takes the items of one repository: in an order in which they can be deleted, and then what stays. */
export type ItemSink = (repository: RepositoryName, items: readonly PlanItem[]) => Promise<void>;

/**
 * Finds out what would go. One repository at a time is in memory; of those before, what is counted.
 *
 * @param facts all as they are at one moment.
 * @throws {PolicyInvalidError} @throws {PatternInvalidError} @throws {TagPatternInvalidError}
 */
export async function evaluate(facts: Queryable, options: EvaluationOptions, sink: ItemSink): Promise<Evaluated> {
  const { source, signal } = options;
  const chooser = chooserOf(source);
  const patterns = patternsOf(source).map(parseRepositoryPattern);
  const tally = new Tally();
  const freed = new FreedBytes();
  for await (const repository of matchingRepositories(facts, { patterns, after: '' }, signal)) {
    const view = await viewRepository(facts, repository, signal);
    const rules = await options.rules.at(facts, repository.name);
    const protections = protectionsOf(view, rules, options);
    const choice = await chooser(facts, { view, protections, asOf: options.asOf }, signal);
    const removal = removalOf(view, choice, protections);
    const digests = removal.manifests.map(({ image }) => image.digest);
    const bytes = await freed.add(facts, view, { digests, signal });
    const items = itemsOf(repository.name, removal, bytes);
    tally.add(items, view.images.size);
    if (items.length > 0) await sink(repository.name, items);
    options.onProgress?.(tally.progress);
  }
  return tally.end(await freed.total(facts, signal));
}

/** The repositories of a source. */
export function patternsOf(source: PlanSource): readonly string[] {
  return source.kind === 'policy' ? source.policy.patterns : [source.selection.repositories];
}

interface Chosen {
  readonly view: RepositoryView;
  readonly protections: Protections;
  readonly asOf: Date;
}

type Chooser = (facts: Queryable, chosen: Chosen, signal: AbortSignal) => Promise<Choice>;

function chooserOf(source: PlanSource): Chooser {
  if (source.kind === 'selection') {
    const choose = readSelection(source.selection);
    return async (_, { view, asOf }) => choose(view, asOf);
  }
  const document: PolicyDocument = readPolicy(source.policy.kind as PolicyKind, source.policy.document);
  return (facts, chosen, signal) => {
    const policy = document.policyFor(chosen.view.repository.name);
    return chooseByPolicy(facts, { ...chosen, policy }, signal);
  };
}

interface Matched {
  readonly patterns: readonly RepositoryPattern[];
  /** Name of a repository: only those behind it. Empty: all. */
  readonly after: string;
}

/** By name. */
export async function* matchingRepositories(
  facts: Queryable,
  { patterns, after: first }: Matched,
  signal: AbortSignal,
): AsyncGenerator<RepositoryKey, void> {
  const page = (after: string, limit: number) => listRepositories(facts, after, limit);
  for await (const rows of pagesOf(first, page, ({ name }) => name, signal)) {
    yield* rows.filter(({ name }) => patterns.some((pattern) => pattern.matches(name)));
  }
}

/** What keeps images of a repository from whoever would delete them. */
export function protectionsOf(
  { repository }: RepositoryView,
  rules: RepositoryRules,
  { actor, now, permitted }: Pick<EvaluationOptions, 'actor' | 'now' | 'permitted'>,
): Protections {
  const { name } = repository;
  return {
    whyNotDelete: ({ digest, tags, pushedAt }) =>
      rules.whyNotDelete({ digest, tags, pushedAt: new Date(pushedAt), actor, now }),
    whyNotDeleteTag: (tag, digest) =>
      permitted?.hasTag(name, tag) === false
        ? 'it is not to go'
        : rules.whyNotMoveTag({ tag, from: digest, to: null, actor }),
    isPlanned: ({ digest }) => permitted?.hasManifest(name, digest) ?? true,
  };
}

/** Counts what goes, over all repositories. */
export class Tally {
  readonly #hash = new Bun.CryptoHasher('sha256');
  readonly #count = { chosen: 0, child: 0, referrer: 0 };
  #repositories = 0;
  #repositoriesSeen = 0;
  #images = 0;
  #tags = 0;
  #blocked = 0;

  add(items: readonly PlanItem[], images: number): void {
    this.#repositoriesSeen += 1;
    this.#images += images;
    const going = items.filter(({ action }) => action === 'delete');
    if (going.length > 0) this.#repositories += 1;
    this.#blocked += items.length - going.length;
    for (const item of going) {
      this.#hash.update(canonicalLine(item));
      this.#tags += item.tags.length;
      if (item.kind === 'manifest') this.#count[item.role] += 1;
    }
  }

  get progress(): EvaluationProgress {
    return { repositories: this.#repositoriesSeen, images: this.#images };
  }

  end(freedBytes: number): Evaluated {
    const { chosen, child: children, referrer: referrers } = this.#count;
    return {
      digest: `sha256:${this.#hash.digest('hex')}`,
      summary: {
        repositories: this.#repositories,
        manifests: chosen + children + referrers,
        chosen,
        children,
        referrers,
        tags: this.#tags,
        blocked: this.#blocked,
        freedBytes,
      },
    };
  }
}
