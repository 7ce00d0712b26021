import type { DeletionOutcome, DeletionRules, DeletionTarget } from '../account.ts';
import { ProviderError } from '../provider-error.ts';
import type { AwsClient } from './aws-client.ts';
import { fitToSay } from './aws-error.ts';
import { FailuresAnswer } from './ecr-answers.ts';

export const ECR_DELETION: DeletionRules = {
  tag: 'native',
  manifest: true,
  takesTags: true,
  wantsUntagged: false,
  batch: 100,
};

/** Which repository, as every operation is told. */
export interface EcrRepositoryInput {
  readonly registryId?: string;
  readonly repositoryName: string;
}

/**
 * Deletes by a hundred: tags first, then indexes, then what these named. What is refused because an index still names it
 * is tried again once the others are gone: an index may name indexes.
 */
export async function* deleteByHundreds(
  client: AwsClient,
  repository: EcrRepositoryInput,
  { targets, signal }: { targets: readonly DeletionTarget[]; signal: AbortSignal },
): AsyncIterable<DeletionOutcome> {
  for (const step of stepsOf(targets)) {
    let left = step;
    for (;;) {
      const referenced: Refused[] = [];
      for (const batch of batchesOf(left)) {
        for (const { outcome, isReferenced } of await deleteBatch(client, repository, { targets: batch, signal })) {
          if (isReferenced) referenced.push({ outcome });
          else yield outcome;
        }
      }
      if (referenced.length === 0) break;
      if (referenced.length === left.length) {
        yield* referenced.map(({ outcome }) => outcome);
        break;
      }
      left = referenced.map(({ outcome }) => outcome.target);
    }
  }
}

interface Refused {
  readonly outcome: DeletionOutcome;
}

function stepsOf(targets: readonly DeletionTarget[]): readonly (readonly DeletionTarget[])[] {
  const tags = targets.filter(({ kind }) => kind === 'tag');
  const indexes = targets.filter((target) => target.kind === 'manifest' && target.isIndex);
  const others = targets.filter((target) => target.kind === 'manifest' && !target.isIndex);
  return [tags, indexes, others];
}

function batchesOf(targets: readonly DeletionTarget[]): readonly (readonly DeletionTarget[])[] {
  const count = Math.ceil(targets.length / ECR_DELETION.batch);
  return Array.from({ length: count }, (_, index) =>
    targets.slice(index * ECR_DELETION.batch, (index + 1) * ECR_DELETION.batch),
  );
}

interface Batch {
  readonly targets: readonly DeletionTarget[];
  readonly signal: AbortSignal;
}

interface BatchOutcome {
  readonly outcome: DeletionOutcome;
  /** An index names it. */
  readonly isReferenced: boolean;
}

async function deleteBatch(
  client: AwsClient,
  repository: EcrRepositoryInput,
  { targets, signal }: Batch,
): Promise<readonly BatchOutcome[]> {
  const input = { ...repository, imageIds: targets.map(imageIdOf) };
  try {
    const { failures } = await client.call({ operation: 'BatchDeleteImage', input, output: FailuresAnswer }, signal);
    const byTarget = new Map(failures.map((failure) => [keyOf(failure.imageId ?? {}), failure]));
    return targets.map((target) => {
      const failure = byTarget.get(keyOf(imageIdOf(target))) ?? byTarget.get(shortKeyOf(target));
      return outcomeOf(target, failure);
    });
  } catch (error) {
    signal.throwIfAborted();
    // What fits no batch, and what stands in the way of all of them, is for whoever asked.
    if (!(error instanceof ProviderError) || error.diagnosis !== 'forbidden') throw error;
    return targets.map((target) => ({
      outcome: { target, result: 'refused', reason: error.message },
      isReferenced: false,
    }));
  }
}

interface Failure {
  readonly failureCode?: string | null | undefined;
  readonly failureReason?: string | null | undefined;
}

function outcomeOf(target: DeletionTarget, failure: Failure | undefined): BatchOutcome {
  if (failure === undefined) return { outcome: { target, result: 'deleted' }, isReferenced: false };
  const code = failure.failureCode ?? '';
  if (code === 'ImageNotFound') return { outcome: { target, result: 'gone-already' }, isReferenced: false };
  const words = fitToSay(failure.failureReason ?? '') || code;
  const reason = SENTENCES[code] ?? `AWS does not delete it: ${words.replace(/\.?$/, '.')}`;
  return { outcome: { target, result: 'refused', reason }, isReferenced: code === 'ImageReferencedByManifestList' };
}

const SENTENCES: Readonly<Record<string, string>> = {
  ImageReferencedByManifestList: 'An index that is kept names this image.',
  ImageTagDoesNotMatchDigest: 'The tag names another image by now.',
  InvalidImageDigest: 'AWS takes this digest for none.',
  InvalidImageTag: 'AWS takes this tag for none.',
  KmsError: 'AWS cannot use the key that this repository is encrypted with.',
};

interface ImageId {
  readonly imageDigest?: string | null | undefined;
  readonly imageTag?: string | null | undefined;
}

/** A tag is deleted only while it names the image that was looked at, where that is known. */
function imageIdOf(target: DeletionTarget): ImageId {
  if (target.kind === 'manifest') return { imageDigest: target.digest };
  return { imageTag: target.tag, ...(target.digest !== undefined && { imageDigest: target.digest }) };
}

function keyOf({ imageDigest, imageTag }: ImageId): string {
  return `${imageTag ?? ''}@${imageDigest ?? ''}`;
}

/** A failure may name the tag alone. */
function shortKeyOf(target: DeletionTarget): string {
  return target.kind === 'tag' ? keyOf({ imageTag: target.tag }) : keyOf({ imageDigest: target.digest });
}
