import type { z } from 'zod';
import type { ApplyLine, plan as planSchema, planChange, PlanItemReply, PlanReply } from '../api/plans/contract.ts';
import { table } from './table.ts';
import { counted, sizeInWords, timeInWords } from './wording.ts';

type Change = z.output<typeof planChange>;
export type KeptLine = Extract<ApplyLine, { readonly event: 'kept' }>;
type Plan = z.output<typeof planSchema>;

/** Items of a plan, for people: what goes where, and why. */
export function planItemsTable(items: readonly PlanItemReply[], { source }: Pick<Plan, 'source'>): string {
  // Many other registries do not tell who pulled what.
  const unpulled = source.kind === 'remote' ? 'unknown' : 'never';
  const rows = items.map((item) => [
    item.action === 'keep' ? 'keep' : item.kind === 'tag' ? 'untag' : 'delete',
    nameOf(item),
    item.bytes === undefined ? '' : sizeInWords(item.bytes),
    item.lastPull === undefined ? unpulled : `${timeInWords(item.lastPull.at)} ${item.lastPull.by}`.trimEnd(),
    whyOf(item),
  ]);
  return table(['', 'what', 'size', 'last pull', 'why'], rows);
}

/** `team/app:1.4, 1.5 (sha256:0123456789ab)`. */
function nameOf({ repository, digest, tags, follows }: PlanItemReply): string {
  const indent = follows === undefined ? '' : '  ';
  const short = digest.slice(0, digest.indexOf(':') + 13);
  return tags.length === 0 ? `${indent}${repository}@${short}` : `${indent}${repository}:${tags.join(', ')} (${short})`;
}

function whyOf({ action, role, reason, follows, blockedBy, skipped, rule }: PlanItemReply): string {
  if (skipped !== undefined) return `left alone: ${skipped}`;
  if (action === 'keep') return blockedBy.join('; ');
  if (follows !== undefined) return role === 'child' ? 'only that index names it' : 'it is about that';
  // Reasons begin with the name of the rule, where it has one.
  return rule === undefined || reason.startsWith(rule.name) ? reason : `${rule.name}: ${reason}`;
}

/** What a plan comes to. */
export function planInWords(plan: Plan): string {
  const { id, digest, source, summary, state, expiresAt, result, appliedAt, appliedBy } = plan;
  const isRemote = source.kind === 'remote';
  const { chosen, children, referrers, tags, blocked, freedBytes } = summary;
  const along = [
    ...(children > 0 ? [counted(children, 'child of indexes', 'children of indexes')] : []),
    ...(referrers > 0 ? [counted(referrers, 'signature or the like', 'signatures and the like')] : []),
  ];
  const what = [counted(chosen, 'manifest'), ...along, counted(tags, 'tag')].join(', ');
  return [
    `Plan ${id}: ${what}${blocked > 0 ? `; ${blocked} more would go, and stay` : ''}.`,
    isRemote
      ? `At ${source.name} (${source.url}), which has no trash: what goes cannot be restored. Frees at most ${sizeInWords(freedBytes)}.`
      : `Frees ${sizeInWords(freedBytes)} when the time in the trash is over.`,
    ...(state === 'open' && summary.manifests + tags > 0
      ? [`Until ${timeInWords(expiresAt)}: havre plan apply ${id} --digest ${digest}`]
      : []),
    ...(state === 'applying' ? [`Stopped half-way, or under way. Go on: havre plan apply ${id}`] : []),
    ...(appliedAt !== null && result !== null && state === 'applied'
      ? [
          `Applied by ${appliedBy ?? ''} at ${timeInWords(appliedAt)}: ${counted(result.manifests, 'manifest')}, ${counted(result.tags, 'tag')}, ${result.kept} left alone.${isRemote ? '' : ` Undo: havre restore --plan ${id}`}`,
        ]
      : []),
  ].join('\n');
}

function sourceInWords(source: Plan['source']): string {
  switch (source.kind) {
    case 'selection':
      return source.selection.repositories;
    case 'policy':
      return `policy ${source.policy.name ?? '(not stored)'}`;
    case 'remote':
      return `${source.name}: ${sourceInWords(source.wanted)}`;
  }
}

export function planListTable(plans: readonly PlanReply[]): string {
  const rows = plans.map(({ id, state, source, summary, createdAt, createdBy }) => [
    id,
    state,
    sourceInWords(source),
    String(summary.manifests),
    String(summary.tags),
    sizeInWords(summary.freedBytes),
    timeInWords(createdAt),
    createdBy,
  ]);
  return table(['id', 'state', 'of', 'manifests', 'tags', 'frees', 'made', 'by'], rows);
}

export function changeInWords({ kind, repository, digest, tags, text }: Change): string {
  const name = tags.length === 0 ? `${repository}@${digest}` : `${repository}:${tags.join(', ')}`;
  return `${kind}: ${name}: ${text}`;
}

export function keptInWords({ repository, tag, digest, reason }: KeptLine): string {
  const name = tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}`;
  return `left alone: ${name}: ${reason}`;
}
