import { decide } from '../../src/retention/decide.ts';
import type { Decision } from '../../src/retention/decision.ts';
import { ecrPolicy } from '../../src/retention/ecr/ecr-policy.ts';
import type { EcrRule } from '../../src/retention/ecr/ecr-rule.ts';
import type { Image, StorageClass } from '../../src/retention/image.ts';
import { DAY } from '../../src/retention/measures.ts';

/** One line of a file of vectors: what ECR does with these images under these rules. */
export interface LifecycleVector {
  readonly id: string;
  readonly note?: string;
  readonly images: readonly VectorImage[];
  readonly rules: readonly EcrRule[];
  /** Digest → `1` (expired by that rule), `"1:transition"` or `"subject:<digest>"`. What is not here stays. */
  readonly expected: Readonly<Record<string, number | string>>;
}

/** Days before now, exact: 7.5 is seven days and twelve hours. */
interface VectorImage {
  readonly digest: string;
  readonly tags?: readonly string[];
  readonly ageDays: number;
  readonly pulledDays?: number;
  readonly transitionedDays?: number;
  readonly untaggedDays?: number;
  readonly lastActivatedDays?: number;
  readonly activatedDays?: number;
  readonly storageClass?: StorageClass;
  readonly children?: readonly string[];
  readonly subject?: string;
  readonly size?: number;
}

const FIELDS = new Set(
  'digest tags ageDays pulledDays transitionedDays untaggedDays lastActivatedDays activatedDays storageClass children subject size'.split(
    ' ',
  ),
);

/** Now is 0, so that a number of days is as exact as the file has it. */
const NOW = 0;

export function readVectors(text: string): LifecycleVector[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('//'));
  return lines.map((line) => JSON.parse(line) as LifecycleVector);
}

/** What `decide` does, in the words of `expected`. */
export function resultOf(vector: LifecycleVector): Record<string, number | string> {
  const decisions = decide(vector.images.map(imageOf), ecrPolicy(vector.rules), NOW);
  return Object.fromEntries(
    decisions.filter(({ decision }) => decision !== 'keep').map((decision) => [decision.digest, wordOf(decision)]),
  );
}

function wordOf({ decision, rule, follows }: Decision): number | string {
  if (follows !== undefined) return `subject:${follows}`;
  const priority = rule?.priority ?? 0;
  return decision === 'transition' ? `${priority}:transition` : priority;
}

/** Fields of its images that are not read. */
export function unknownFields({ images }: LifecycleVector): readonly string[] {
  return [...new Set(images.flatMap((image) => Object.keys(image).filter((name) => !FIELDS.has(name))))];
}

function imageOf(image: VectorImage): Image {
  const { ageDays, pulledDays, transitionedDays, untaggedDays, lastActivatedDays, activatedDays, ...rest } = image;
  const returnedDays = lastActivatedDays ?? activatedDays;
  return {
    ...rest,
    tags: image.tags ?? [],
    pushedAt: NOW - ageDays * DAY,
    ...(pulledDays === undefined ? {} : { pulledAt: NOW - pulledDays * DAY }),
    ...(transitionedDays === undefined ? {} : { transitionedAt: NOW - transitionedDays * DAY }),
    ...(untaggedDays === undefined ? {} : { untaggedAt: NOW - untaggedDays * DAY }),
    ...(returnedDays === undefined ? {} : { lastActivatedAt: NOW - returnedDays * DAY }),
  };
}
