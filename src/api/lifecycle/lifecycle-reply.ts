import type { ComparedImage } from '../../clean-up/compare-previews.ts';
import type { LifecyclePreview, OwnPolicyView } from '../../clean-up/own-lifecycle.ts';
import type { LifecycleReport, OwnLifecyclePolicy } from './contract.ts';

/** More nobody reads. */
const MOST_COMPARED = 2000;

export function policyReply({ policy, problems, warnings }: OwnPolicyView): OwnLifecyclePolicy {
  return {
    document: policy.text,
    evaluatedAt: policy.evaluatedAt?.toISOString() ?? null,
    problems: [...problems],
    warnings: [...warnings],
  };
}

export function reportReply(repository: string, preview: LifecyclePreview): LifecycleReport {
  const { images, counts, compared, warnings, registryProblem } = preview;
  return {
    repository,
    images,
    counts: { ...counts },
    compared: compared.slice(0, MOST_COMPARED).map(comparedReply),
    isCut: compared.length > MOST_COMPARED,
    warnings: [...warnings],
    registryProblem: registryProblem ?? null,
  };
}

function comparedReply(one: ComparedImage): LifecycleReport['compared'][number] {
  const { digest, tags, pushedAt, bytes, registry, ours, reason, difference } = one;
  return {
    digest,
    tags: [...tags],
    pushedAt: pushedAt?.toISOString() ?? null,
    bytes: bytes ?? null,
    registry: registry === undefined ? null : { action: registry.action, rule: registry.rule ?? null },
    ours: ours === undefined ? null : { action: ours.action, rule: ours.rule ?? null },
    follows: ours?.follows ?? null,
    reason,
    difference: difference ?? null,
  };
}
