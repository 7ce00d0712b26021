import type { PreviewedImage, RemoteImage } from '../providers/account.ts';
import type { Decision } from '../retention/decision.ts';

/** An image that the registry, Havre or both would do something to. */
export interface ComparedImage {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly pushedAt?: Date;
  readonly bytes?: number;
  /** Absent: it stays, or nobody knows what the registry says. */
  readonly registry?: { readonly action: Act; readonly rule?: number };
  /** Absent: it stays. */
  readonly ours?: { readonly action: Act; readonly rule?: number; readonly follows?: string };
  /** By Havre's reckoning, a sentence. */
  readonly reason: string;
  /** Why the two do not say the same, a sentence; absent: they do, or the registry says nothing. */
  readonly difference?: string;
}

type Act = 'expire' | 'transition';

export interface ComparedPreviews {
  /** All there are. */
  readonly images: number;
  /** Those that differ come first. */
  readonly compared: readonly ComparedImage[];
  readonly counts: { readonly registry: number; readonly ours: number; readonly different: number };
}

/**
 * Two previews of one policy, side by side.
 *
 * @param decisions one for each of `images`, in their order.
 * @param previewed what the registry would do something to; `undefined`: it said nothing.
 */
export function comparePreviews(
  images: readonly RemoteImage[],
  decisions: readonly Decision[],
  previewed: readonly PreviewedImage[] | undefined,
): ComparedPreviews {
  const said = new Map((previewed ?? []).map((image) => [image.digest, image]));
  const known = images.flatMap((image, position) => {
    const decision = decisions[position];
    const theirs = said.get(image.digest);
    said.delete(image.digest);
    return decision === undefined ? [] : compared({ image, decision, theirs, isAsked: previewed !== undefined });
  });
  const all = [...known, ...[...said.values()].map(unknownHere)];
  const isDifferent = ({ difference }: ComparedImage): boolean => difference !== undefined;
  return {
    images: images.length,
    compared: [...all.filter(isDifferent), ...all.filter((one) => !isDifferent(one))],
    counts: {
      registry: previewed?.length ?? 0,
      ours: all.filter(({ ours }) => ours !== undefined).length,
      different: all.filter(isDifferent).length,
    },
  };
}

interface OneImage {
  readonly image: RemoteImage;
  readonly decision: Decision;
  readonly theirs: PreviewedImage | undefined;
  /** Whether the registry was asked. */
  readonly isAsked: boolean;
}

function compared({ image, decision, theirs, isAsked }: OneImage): readonly ComparedImage[] {
  const { digest, tags, pushedAt, bytes } = image;
  const ours = actOf(decision);
  if (ours === undefined && theirs === undefined) return [];
  const difference = isAsked ? differenceOf(ours, theirs, decision) : undefined;
  return [
    {
      digest,
      tags,
      reason: decision.reason,
      ...(pushedAt !== undefined && { pushedAt }),
      ...(bytes !== undefined && { bytes }),
      ...(theirs !== undefined && { registry: actOfRegistry(theirs) }),
      ...(ours !== undefined && { ours }),
      ...(difference !== undefined && { difference }),
    },
  ];
}

function actOf({ decision, rule, follows }: Decision): ComparedImage['ours'] {
  if (decision !== 'expire' && decision !== 'transition') return undefined;
  return {
    action: decision,
    ...(rule !== undefined && { rule: rule.priority }),
    ...(follows !== undefined && { follows }),
  };
}

function actOfRegistry({ action, rulePriority }: PreviewedImage): NonNullable<ComparedImage['registry']> {
  return { action, ...(rulePriority !== undefined && { rule: rulePriority }) };
}

function differenceOf(
  ours: ComparedImage['ours'],
  theirs: PreviewedImage | undefined,
  { reason }: Decision,
): string | undefined {
  if (ours === undefined) return `Only the registry has it go; by Havre ${reason}.`;
  if (theirs === undefined) {
    // Such follow their subject within a day, and are in no preview.
    return ours.follows === undefined ? 'Only Havre has it go; the registry keeps it.' : undefined;
  }
  if (ours.action !== theirs.action) return `The registry would ${theirs.action} it, Havre ${ours.action} it.`;
  if (theirs.rulePriority === undefined || ours.rule === undefined || theirs.rulePriority === ours.rule)
    return undefined;
  return `It goes by rule ${theirs.rulePriority} of the registry's reckoning, and by rule ${ours.rule} of Havre's.`;
}

function unknownHere(theirs: PreviewedImage): ComparedImage {
  const { digest, tags, pushedAt } = theirs;
  return {
    digest,
    tags,
    ...(pushedAt !== undefined && { pushedAt }),
    registry: actOfRegistry(theirs),
    reason: '',
    difference: 'It came or went while the two were made: ask again.',
  };
}
