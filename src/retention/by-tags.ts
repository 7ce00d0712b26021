import type { Image } from './image.ts';
import { durationText } from './measures.ts';
import type { Policy } from './policy.ts';
import { keep, type Verdict } from './verdict.ts';

/** Each tag as an image of its own, with the times of its image; an untagged image as it is. */
export function splitByTag(images: readonly Image[]): { readonly candidates: Image[]; readonly owners: number[] } {
  const candidates: Image[] = [];
  const owners: number[] = [];
  images.forEach((image, position) => {
    for (const tags of image.tags.length === 0 ? [[]] : image.tags.map((tag) => [tag])) {
      candidates.push({ ...image, tags });
      owners.push(position);
    }
  });
  return { candidates, owners };
}

/** What became of an image, from what became of its tags. */
export function joinTags(
  image: Image,
  parts: readonly { readonly tag: string | undefined; readonly said: Verdict }[],
  { policy, now }: { readonly policy: Policy; readonly now: number },
): Verdict {
  const [only] = parts;
  if (only === undefined) return keep('no rule speaks of it');
  if (only.tag === undefined) return only.said;
  const gone = parts.filter(({ said }) => said.outcome !== 'keep');
  const [first] = gone;
  if (first === undefined) return { ...only.said, reason: wordsOf(parts) };
  const untag = gone.flatMap(({ tag }) => tag ?? []);
  const reason = wordsOf(gone);
  if (gone.length < parts.length) return { ...first.said, outcome: 'untag', untag, reason };
  const wait = policy.untaggedGoAfter;
  if (wait !== undefined && now - image.pushedAt >= wait) return { ...first.said, outcome: 'expire', untag, reason };
  const later = wait === undefined ? 'untagged images stay' : `untagged images go after ${durationText(wait)}`;
  return { ...first.said, outcome: 'untag', untag, reason: `${reason}; ${later}` };
}

function wordsOf(parts: readonly { readonly tag: string | undefined; readonly said: Verdict }[]): string {
  const words = parts.slice(0, 3).map(({ tag, said }) => `${tag ?? 'untagged'}: ${said.reason}`);
  return parts.length > 3 ? `${words.join('; ')}; and ${parts.length - 3} more` : words.join('; ');
}
