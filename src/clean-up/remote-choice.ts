import type { Digest } from '../oci/digest.ts';
import type { Choice, Reason } from '../plans/choice.ts';
import type { PlanSource } from '../plans/plan.ts';
import { choiceOf, limitsOf } from '../plans/policy-choice.ts';
import type { ViewedImage } from '../plans/repository-view.ts';
import { readSelection } from '../plans/selection.ts';
import { decide } from '../retention/decide.ts';
import type { PolicyKind } from '../retention/document.ts';
import type { Image } from '../retention/image.ts';
import type { Policy } from '../retention/policy.ts';
import { PolicyInvalidError } from '../retention/problem.ts';
import { readPolicy } from '../retention/read-policy.ts';
import type { RemoteView } from './remote-view.ts';

export type RemoteChooser = (view: RemoteView, asOf: Date) => Choice;

/**
 * What a source wants gone from a repository of another registry. Nothing goes for its age of which nobody knows how old
 * it is: it is kept, and that is said.
 *
 * @throws {PolicyInvalidError} @throws {TagPatternInvalidError}
 */
export function remoteChooserOf(wanted: PlanSource): RemoteChooser {
  if (wanted.kind === 'selection') {
    const choose = readSelection(wanted.selection);
    const asksForPulls = wanted.selection.notPulledForSeconds !== undefined;
    return (view, asOf) => {
      const cautious = choose(dated(view, { asksForPulls, unknown: Infinity }), asOf);
      return withUndated(cautious, choose(dated(view, { asksForPulls, unknown: 0 }), asOf), view);
    };
  }
  const { kind, document: text } = wanted.policy;
  const document = readPolicy(kind as PolicyKind, text);
  refuseUnknowable(kind, text);
  return (view, asOf) => {
    const policy = document.policyFor(view.repository.name);
    const asks = asksOf(policy);
    const images = [...view.images.values()];
    const all = images.map((image) => imageFor(image, view));
    const known = all.filter((_, position) => isDated(images[position], asks));
    const now = asOf.getTime();
    const cautious = choiceOf(decide(known, policy, now));
    return withUndated(cautious, choiceOf(decide(all, policy, now)), view);
  };
}

/** What would go if all that has no date were old, and does not because it may be young. */
function withUndated(cautious: Choice, old: Choice, view: RemoteView): Choice {
  const undated = new Map<Digest, Reason>();
  for (const [digest, reason] of old.manifests) if (!cautious.manifests.has(digest)) undated.set(digest, reason);
  for (const [tag, reason] of old.tags) {
    const digest = view.digestByTag.get(tag);
    if (digest !== undefined && !cautious.tags.has(tag)) undated.set(digest, reason);
  }
  const kept = [...undated].flatMap(([digest, reason]) => {
    const image = view.images.get(digest);
    return image === undefined || isDated(image, EVERYTHING)
      ? []
      : [{ ...reason, digest, blockedBy: [whyUndated(image)] }];
  });
  return { ...cautious, blocked: [...cautious.blocked, ...kept] };
}

function whyUndated({ pushedAt }: ViewedImage): string {
  return Number.isFinite(pushedAt)
    ? 'the registry does not say when it was last used, and it may have been a moment ago'
    : 'the registry does not say when it was pushed, and it may have been a moment ago';
}

function dated(
  view: RemoteView,
  { asksForPulls, unknown }: { readonly asksForPulls: boolean; readonly unknown: number },
): RemoteView {
  const images = new Map<Digest, ViewedImage>();
  for (const [digest, image] of view.images) {
    const pushedAt = Number.isFinite(image.pushedAt) ? image.pushedAt : unknown;
    const pulledAt = image.pulledAt ?? (asksForPulls ? unknown : null);
    images.set(digest, { ...image, pushedAt, pulledAt });
  }
  return { ...view, images };
}

interface Asks {
  readonly forPulls: boolean;
  readonly forUntagging: boolean;
}

const EVERYTHING: Asks = { forPulls: true, forUntagging: true };

function asksOf(policy: Policy): Asks {
  const asked = limitsOf(policy).map((limit) => (limit.type === 'age' ? limit.since : limit.orderBy));
  const steps = policy.mode === 'pipeline' ? policy.pipelines.flatMap((pipeline) => pipeline.steps) : [];
  const keys = new Set<string>([...asked, ...steps.flatMap((step) => ('oldest' in step ? [step.orderBy] : []))]);
  return {
    forPulls: ['pull', 'use', 'active'].some((key) => keys.has(key)),
    forUntagging: keys.has('untag') || policy.untaggedGoAfter !== undefined,
  };
}

function isDated(image: ViewedImage | undefined, { forPulls, forUntagging }: Asks): boolean {
  if (image === undefined || !Number.isFinite(image.pushedAt)) return false;
  return !(forPulls && image.pulledAt === null) && !(forUntagging && image.tags.length === 0);
}

function imageFor({ digest, tags, pushedAt, pulledAt, ...image }: ViewedImage, { remote }: RemoteView): Image {
  const bytes = remote.get(digest)?.bytes;
  return {
    digest,
    tags,
    // As if it were old: of those that have no date, see above.
    pushedAt: Number.isFinite(pushedAt) ? pushedAt : 0,
    mediaType: image.mediaType,
    ...(pulledAt !== null && { pulledAt }),
    ...(bytes !== undefined && { size: bytes }),
    ...(image.children.length > 0 && { children: image.children }),
    ...(image.subject !== null && { subject: image.subject }),
    ...(image.artifactType !== null && { artifactType: image.artifactType }),
  };
}

/** What a rule says of labels would be true of nothing: a rule that keeps by them would keep nothing. */
function refuseUnknowable(kind: string, text: string): void {
  const [, word] = (kind === 'native' && /["'\s{,-](labels|annotations|platforms)["']?\s*:/.exec(text)) || [];
  if (word === undefined) return;
  const message = `Other registries do not list the ${word} of their images: no rule there can ask for them.`;
  throw new PolicyInvalidError([{ path: '', message }]);
}
