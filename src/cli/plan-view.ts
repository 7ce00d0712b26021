import { listPlanItems, type PlanItemReply, type PlanReply } from '../api/plans/contract.ts';
import { ask } from './admin-client.ts';
import type { AdminConnection } from './cli-host.ts';
import type { Invocation } from './invocation.ts';
import { planInWords, planItemsTable } from './plan-report.ts';
import type { WhereOptions } from './where.ts';

/** Items that are shown unless somebody asks for all. */
const SHOWN = 50;

export interface PlanViewOptions extends WhereOptions {
  readonly all?: true;
}

/** Shows a plan with its items: the first ones for people, all of them for programs. */
export async function showPlanItems(
  invocation: Invocation,
  options: PlanViewOptions,
  { connection, plan }: { readonly connection: AdminConnection; readonly plan: PlanReply },
): Promise<void> {
  const isWhole = options.all === true || options.json === true;
  const { items, hasMore } = await readItems(connection, plan.id, isWhole);
  const text = [
    ...(items.length === 0 ? ['Nothing would be deleted.'] : [planItemsTable(items, plan)]),
    ...(hasMore ? [`… and more: havre plan show ${plan.id} --all`] : []),
    planInWords(plan),
  ].join('\n');
  invocation.show(options, { json: { ...plan, items }, text });
}

async function readItems(
  connection: AdminConnection,
  id: string,
  isWhole: boolean,
): Promise<{ readonly items: readonly PlanItemReply[]; readonly hasMore: boolean }> {
  const items: PlanItemReply[] = [];
  let after: string | undefined;
  do {
    const limit = isWhole ? 1000 : SHOWN;
    const page = await ask(connection, listPlanItems, { id, limit, ...(after !== undefined && { after }) });
    items.push(...page.items);
    after = page.next ?? undefined;
  } while (isWhole && after !== undefined);
  return { items, hasMore: after !== undefined };
}
