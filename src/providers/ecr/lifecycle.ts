import { z } from 'zod';
import type { OwnLifecycle, OwnPolicy, PreviewedImage } from '../account.ts';
import { ProviderError } from '../provider-error.ts';
import type { AwsClient } from './aws-client.ts';
import { AwsError } from './aws-error.ts';
import { AnyAnswer } from './ecr-answers.ts';
import type { EcrNames } from './ecr-account.ts';

export interface EcrLifecycleOptions {
  readonly client: AwsClient;
  readonly names: EcrNames;
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

const PREVIEW_LOOKS = 60;
const PREVIEW_LOOK_MILLISECONDS = 2000;
/** What one page of a preview holds at most. */
const PREVIEW_RESULTS = 100;

const time = z.number().transform((seconds) => new Date(seconds * 1000));

const PolicyAnswer = z.object({ lifecyclePolicyText: z.string(), lastEvaluatedAt: time.nullish() });

const PreviewAnswer = z.object({
  status: z.string(),
  nextToken: z.string().nullish(),
  previewResults: z
    .array(
      z.object({
        imageDigest: z.string(),
        imageTags: z.array(z.string()).nullish(),
        imagePushedAt: time.nullish(),
        action: z.object({ type: z.string().nullish() }).nullish(),
        appliedRulePriority: z.number().nullish(),
      }),
    )
    .nullish(),
});

/** @see Amazon ECR API: GetLifecyclePolicy, PutLifecyclePolicy, StartLifecyclePolicyPreview, GetLifecyclePolicyPreview */
export class EcrLifecycle implements OwnLifecycle {
  readonly #options: EcrLifecycleOptions;

  constructor(options: EcrLifecycleOptions) {
    this.#options = options;
  }

  /** `undefined`: the repository has none. @throws {ProviderError} */
  async read(repository: string, signal: AbortSignal): Promise<OwnPolicy | undefined> {
    try {
      const answer = await this.#call('GetLifecyclePolicy', { repository, output: PolicyAnswer }, signal);
      return {
        text: answer.lifecyclePolicyText,
        ...(answer.lastEvaluatedAt && { evaluatedAt: answer.lastEvaluatedAt }),
      };
    } catch (error) {
      if (error instanceof AwsError && error.type === 'LifecyclePolicyNotFoundException') return undefined;
      throw error;
    }
  }

  /** In the place of the one that is there. AWS takes 100 to 30 720 characters, and applies it within a day. @throws {ProviderError} */
  async write(repository: string, text: string, signal: AbortSignal): Promise<void> {
    const more = { lifecyclePolicyText: text };
    await this.#call('PutLifecyclePolicy', { repository, more, output: AnyAnswer }, signal);
  }

  /** Removing what is not there succeeds. @throws {ProviderError} */
  async remove(repository: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#call('DeleteLifecyclePolicy', { repository, output: AnyAnswer }, signal);
    } catch (error) {
      if (!(error instanceof AwsError) || error.type !== 'LifecyclePolicyNotFoundException') throw error;
    }
  }

  /**
   * What a policy would do now, by AWS's own reckoning. Waits up to two minutes for it.
   *
   * @param text absent: the policy that is there.
   * @throws {ProviderError} AWS does not take the policy, or is not done in time.
   */
  async *preview(repository: string, text: string | undefined, signal: AbortSignal): AsyncIterable<PreviewedImage> {
    const more = text === undefined ? {} : { lifecyclePolicyText: text };
    await this.#start({ repository, more, output: AnyAnswer }, signal);
    let page = await this.#finishedPreview(repository, signal);
    for (;;) {
      for (const result of page.previewResults ?? []) {
        yield {
          digest: result.imageDigest,
          tags: result.imageTags ?? [],
          action: /^transition$/i.test(result.action?.type ?? '') ? 'transition' : 'expire',
          ...(result.imagePushedAt && { pushedAt: result.imagePushedAt }),
          ...(typeof result.appliedRulePriority === 'number' && { rulePriority: result.appliedRulePriority }),
        };
      }
      if (!page.nextToken) return;
      page = await this.#previewPage(repository, page.nextToken, signal);
    }
  }

  /** There is one preview of a repository at a time: whoever comes later waits. */
  async #start(asked: AskedOfRepository<object>, signal: AbortSignal): Promise<void> {
    for (let look = 1; ; look += 1) {
      try {
        await this.#call('StartLifecyclePolicyPreview', asked, signal);
        return;
      } catch (error) {
        const isTaken = error instanceof AwsError && error.type === 'LifecyclePolicyPreviewInProgressException';
        if (!isTaken || look >= PREVIEW_LOOKS) throw error;
        await this.#options.wait(PREVIEW_LOOK_MILLISECONDS, signal);
      }
    }
  }

  async #finishedPreview(repository: string, signal: AbortSignal): Promise<z.infer<typeof PreviewAnswer>> {
    for (let look = 1; look <= PREVIEW_LOOKS; look += 1) {
      const page = await this.#previewPage(repository, undefined, signal);
      if (page.status === 'COMPLETE') return page;
      if (page.status !== 'IN_PROGRESS') {
        throw new ProviderError(
          'failing',
          `AWS could not reckon what the policy would do: ${page.status.slice(0, 40)}.`,
        );
      }
      await this.#options.wait(PREVIEW_LOOK_MILLISECONDS, signal);
    }
    throw new ProviderError('timeout', 'AWS still reckons what the policy would do. Ask again in a few minutes.');
  }

  async #previewPage(
    repository: string,
    nextToken: string | undefined,
    signal: AbortSignal,
  ): Promise<z.infer<typeof PreviewAnswer>> {
    const more = { maxResults: PREVIEW_RESULTS, ...(nextToken !== undefined && { nextToken }) };
    return await this.#call('GetLifecyclePolicyPreview', { repository, more, output: PreviewAnswer }, signal);
  }

  async #call<Output>(operation: string, asked: AskedOfRepository<Output>, signal: AbortSignal): Promise<Output> {
    const { client, names } = this.#options;
    const input = { ...(await names.inputOf(asked.repository, signal)), ...asked.more };
    return await client.call({ operation, input, output: asked.output }, signal);
  }
}

interface AskedOfRepository<Output> {
  readonly repository: string;
  readonly more?: Readonly<Record<string, unknown>>;
  readonly output: z.ZodType<Output>;
}
