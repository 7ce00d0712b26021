import type { Bonds } from './bonds.ts';
import type { Image } from './image.ts';
import type { Belongings } from './policy.ts';
import { blocked, keep, verdict, type Verdict } from './verdict.ts';

/** What the rules said of each image by its position; nothing of those that are attached to others. */
export interface Unsettled {
  readonly images: readonly Image[];
  readonly bonds: Bonds;
  readonly belongings: Belongings;
  readonly said: readonly (Verdict | undefined)[];
}

/** The last word on each image: protections, indexes and their children, what follows its subject. */
export function settle(unsettled: Unsettled): Verdict[] {
  const verdicts = unsettled.said.map((said, position) => unlessProtected(said, unsettled.images[position]));
  if (unsettled.belongings === 'ecr') keepChildrenOfPresent(unsettled, verdicts);
  else keepWhatIsHeld(unsettled, verdicts);
  followThoseThatGo(unsettled, verdicts);
  return verdicts.map((said) => said ?? keep('it belongs to what stays'));
}

function unlessProtected(said: Verdict | undefined, image: Image | undefined): Verdict | undefined {
  const protectedBy = image?.protectedBy ?? [];
  if (protectedBy.length === 0) return said;
  if (said === undefined) return { ...keep(`it is protected: ${protectedBy.join('; ')}`), blockedBy: protectedBy };
  return said.outcome === 'keep' ? said : blocked(said, protectedBy);
}

/** ECR: nothing goes while an index that names it is there, even if that index goes now. */
function keepChildrenOfPresent({ images, bonds }: Unsettled, verdicts: (Verdict | undefined)[]): void {
  images.forEach((_, position) => {
    const parents = bonds.parentsOf(position);
    if (parents.length === 0) return;
    const said = verdicts[position];
    const because = parents.map((parent) => `the index ${images[parent]?.digest ?? ''} names it`);
    if (said === undefined)
      verdicts[position] = { ...keep(`it stays, because ${because.join('; ')}`), blockedBy: because };
    else if (goes(said)) verdicts[position] = blocked(said, because);
  });
}

/** From everything that stays, down: its children stay, and what is attached to it. */
function keepWhatIsHeld({ images, bonds }: Unsettled, verdicts: (Verdict | undefined)[]): void {
  const queue = positionsWhere(verdicts, (said) => said !== undefined && !goes(said));
  for (const holder of queue) {
    const digest = images[holder]?.digest ?? '';
    for (const child of bonds.childrenOf(holder)) {
      const said = verdicts[child];
      if (said !== undefined && !goes(said)) continue;
      const because = `the index ${digest}, which stays, names it`;
      verdicts[child] = said === undefined ? keep(because) : blockedChild(said, images[child], because);
      queue.push(child);
    }
    for (const attached of bonds.attachedTo(holder)) {
      if (verdicts[attached] !== undefined) continue;
      verdicts[attached] = keep(`it belongs to ${digest}, which stays`);
      queue.push(attached);
    }
  }
}

/** A name may go, where names are what is decided, even of something that has to stay. */
function blockedChild(said: Verdict, image: Image | undefined, because: string): Verdict {
  const isByTags = said.untag.length > 0 && image !== undefined && image.tags.length > 0;
  return isByTags ? { ...said, outcome: 'untag', blockedBy: [because] } : blocked(said, [because]);
}

function followThoseThatGo({ images, bonds }: Unsettled, verdicts: (Verdict | undefined)[]): void {
  const queue = positionsWhere(verdicts, (said) => said !== undefined && goes(said));
  for (const holder of queue) {
    const leader = verdicts[holder];
    const digest = images[holder]?.digest ?? '';
    for (const attached of bonds.attachedTo(holder)) {
      if (leader === undefined || verdicts[attached] !== undefined) continue;
      const said = verdict(leader.outcome, `it belongs to ${digest}, and goes with it`, leader.rule);
      verdicts[attached] = { ...said, follows: digest };
      queue.push(attached);
    }
  }
}

function goes(said: Verdict): boolean {
  return said.outcome === 'expire' || said.outcome === 'transition';
}

function positionsWhere(
  verdicts: readonly (Verdict | undefined)[],
  holds: (said: Verdict | undefined) => boolean,
): number[] {
  const positions: number[] = [];
  verdicts.forEach((said, position) => {
    if (holds(said)) positions.push(position);
  });
  return positions;
}
