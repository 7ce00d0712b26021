import type { Queryable } from '../metadata/database.ts';
import { listBlobBytes, listDetails, listUntaggedTimes, type StoredDetails } from '../metadata/repository-images.ts';
import { BEFORE_ALL } from '../metadata/stretch.ts';
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/tag.ts';
import { decide } from '../retention/decide.ts';
import type { Decision } from '../retention/decision.ts';
import type { Image } from '../retention/image.ts';
import type { Limit, Policy } from '../retention/policy.ts';
import type { Choice, Reason } from './choice.ts';
import { chunksOf, pagesOf } from './pages.ts';
import type { Protections } from './removal.ts';
import type { RepositoryView, ViewedImage } from './repository-view.ts';

export interface PolicyQuestion {
  readonly view: RepositoryView;
  readonly policy: Policy;
  readonly protections: Protections;
  /** Ages are counted to this moment. */
  readonly asOf: Date;
}

/** What a policy wants gone from a repository. What belongs to something that goes is found again by `removalOf`. */
export async function chooseByPolicy(facts: Queryable, question: PolicyQuestion, signal: AbortSignal): Promise<Choice> {
  return choiceOf(await decideByPolicy(facts, question, signal));
}

/** What a policy says of every image of a repository, by itself. */
export async function decideByPolicy(
  facts: Queryable,
  question: PolicyQuestion,
  signal: AbortSignal,
): Promise<readonly Decision[]> {
  const { view, policy, asOf } = question;
  const known = await readKnown(facts, question, signal);
  const images = [...view.images.values()].map((image) => imageFor(image, question, known));
  return decide(images, policy, asOf.getTime());
}

/** What is known of manifests besides their rows. */
interface Known {
  readonly details: ReadonlyMap<Digest, StoredDetails>;
  readonly untaggedAt: ReadonlyMap<Digest, number>;
  /** With their blobs; empty where the policy does not ask for sizes. */
  readonly bytes: ReadonlyMap<Digest, number>;
}

async function readKnown(facts: Queryable, { view, policy }: PolicyQuestion, signal: AbortSignal): Promise<Known> {
  const repositoryId = view.repository.id;
  const details = new Map<Digest, StoredDetails>();
  const detailPage = (after: Digest, limit: number) => listDetails(facts, { repositoryId, after, limit });
  for await (const rows of pagesOf(BEFORE_ALL, detailPage, ({ digest }) => digest, signal)) {
    for (const row of rows) details.set(row.digest, row);
  }
  const untaggedAt = new Map<Digest, number>();
  const untaggedPage = (after: Digest, limit: number) => listUntaggedTimes(facts, { repositoryId, after, limit });
  for await (const rows of pagesOf(BEFORE_ALL, untaggedPage, ({ digest }) => digest, signal)) {
    for (const row of rows) untaggedAt.set(row.digest, row.untaggedAt);
  }
  const bytes = asksForSizes(policy) ? await readBytes(facts, view, signal) : new Map<Digest, number>();
  return { details, untaggedAt, bytes };
}

/** In the order of digests, as the view has them: each query sums up the blobs of the manifests in between. */
async function readBytes(
  facts: Queryable,
  { repository, images }: RepositoryView,
  signal: AbortSignal,
): Promise<ReadonlyMap<Digest, number>> {
  const bytes = new Map<Digest, number>();
  let after = BEFORE_ALL;
  for await (const some of chunksOf([...images.keys()], signal)) {
    const last = some.at(-1) ?? after;
    for (const row of await listBlobBytes(facts, { repositoryId: repository.id, after, last })) {
      bytes.set(row.digest, row.bytes);
    }
    after = last;
  }
  return bytes;
}

function imageFor(image: ViewedImage, { view, protections }: PolicyQuestion, known: Known): Image {
  const { digest, tags, pushedAt, children, mediaType } = image;
  const details = known.details.get(digest);
  const why = protections.whyNotDelete(image);
  const platforms = platformsOf(image, known);
  return {
    digest,
    tags,
    pushedAt,
    mediaType,
    ...(children.length > 0 && { children }),
    ...(image.subject !== null && { subject: image.subject }),
    ...(image.pulledAt !== null && { pulledAt: image.pulledAt }),
    // Where history does not go back so far, it has been without a tag at most since it was pushed.
    ...(tags.length === 0 && { untaggedAt: Math.max(pushedAt, known.untaggedAt.get(digest) ?? pushedAt) }),
    ...(known.bytes.size > 0 && { size: sizeOf(image, view, known) }),
    ...(image.artifactType !== null && { artifactType: image.artifactType }),
    ...(image.annotations !== null && { annotations: strings(image.annotations) }),
    ...(typeof details?.labels === 'string' && { labels: strings(details.labels) }),
    ...(typeof details?.createdAt === 'number' && { created: details.createdAt }),
    ...(platforms.length > 0 && { platforms }),
    ...(why !== undefined && { protectedBy: [why] }),
  };
}

/** Of an index, those of its children. */
function platformsOf({ digest, children }: ViewedImage, { details }: Known): readonly string[] {
  const all = [digest, ...children].flatMap((one) => details.get(one)?.platform ?? []);
  return [...new Set(all)];
}

/** With its blobs, and for an index with its children, at any depth; what they share counts for each. */
function sizeOf({ digest, size, children }: ViewedImage, view: RepositoryView, known: Known): number {
  let total = size + (known.bytes.get(digest) ?? 0);
  for (const child of children) {
    const image = view.images.get(child);
    if (image !== undefined) total += sizeOf(image, view, known);
  }
  return total;
}

/** Only we write these columns. */
function strings(json: string): Readonly<Record<string, string>> {
  return JSON.parse(json) as Readonly<Record<string, string>>;
}

/** What goes by them. What belongs to something that goes is found again. */
export function choiceOf(decisions: readonly Decision[]): Choice {
  const manifests = new Map<Digest, Reason>();
  const tags = new Map<Tag, Reason>();
  const blocked: (Reason & { digest: Digest; blockedBy: readonly string[] })[] = [];
  for (const { decision, reason: text, rule, follows, blockedBy, untag, ...image } of decisions) {
    const digest = image.digest as Digest; // they are those we asked about
    const reason = { text, ...(rule !== undefined && { rule }) };
    if (blockedBy.length > 0) blocked.push({ ...reason, digest, blockedBy });
    else if (decision === 'expire' && follows === undefined) manifests.set(digest, reason);
    for (const tag of untag) tags.set(tag as Tag, reason);
  }
  return { manifests, tags, withImages: false, blocked };
}

function asksForSizes(policy: Policy): boolean {
  return limitsOf(policy).some(({ type }) => type === 'totalSize');
}

/** All limits of a policy. */
export function limitsOf(policy: Policy): readonly Limit[] {
  if (policy.mode !== 'pipeline') return policy.rules.flatMap(({ limits }) => limits);
  return policy.pipelines.flatMap(({ steps }) =>
    steps.flatMap((step) => ('dropsInside' in step ? step.dropsInside : [])),
  );
}
