import { Command } from 'commander';
import { createPlan } from '../../api/plans/contract.ts';
import { ask } from '../admin-client.ts';
import { UsageError } from '../cli-error.ts';
import type { AdminConnection } from '../cli-host.ts';
import { parseDurationArgument } from '../duration-argument.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { namedRegistry } from '../registry-argument.ts';
import { showPlanItems, type PlanViewOptions } from '../plan-view.ts';
import { withAdmin, withWhereOptions } from '../where.ts';

interface Options extends PlanViewOptions {
  readonly registry?: string;
  readonly untagged?: true;
  readonly olderThan?: number;
  readonly notPulledFor?: number;
}

export function planCreate(invocation: Invocation): Command {
  const command = new Command('create')
    .description(
      'Find out what would be deleted, exactly, with all that goes along and all that stays, and write it down. Nothing is deleted.',
    )
    .argument(
      '<images...>',
      'NAME:TAG, NAME@DIGEST; with patterns: team/app:pr-*, team/**:old-*; with --untagged: NAME',
    )
    .option('--registry <name>', 'at a connected registry, and not at this one: its name or id')
    .option('--untagged', 'manifests that no tag, no index and no subject keeps')
    .option('--older-than <duration>', 'only what was pushed at least so long ago: 30d, 12h', parseDurationArgument)
    .option('--not-pulled-for <duration>', 'only what nobody pulled or pushed since so long', parseDurationArgument)
    .option('--all', 'show all of it, and not only the first 50')
    .action((images: string[], options: Options) => run(invocation, images, options));
  return examples(withWhereOptions(command), [
    ["havre plan create 'team/app:pr-*' --older-than 30d"],
    ['havre plan create team/app:1.4 team/app:1.5'],
    ["havre plan create --registry ghcr 'team/app:pr-*' --older-than 30d"],
    ["havre plan create 'team/**' --untagged --not-pulled-for 7d"],
  ]);
}

async function run(invocation: Invocation, images: readonly string[], options: Options): Promise<void> {
  const { untagged, olderThan, notPulledFor } = options;
  const input = {
    ...selectionOf(images),
    ...(untagged === true && { untagged }),
    ...(olderThan !== undefined && { olderThanSeconds: olderThan }),
    ...(notPulledFor !== undefined && { notPulledForSeconds: notPulledFor }),
  };
  await withAdmin(invocation, options, async (connection) => {
    const remote = options.registry === undefined ? {} : await registryOf(connection, options.registry);
    const { plan } = await ask(connection, createPlan, { ...remote, ...input });
    await showPlanItems(invocation, options, { connection, plan });
  });
}

async function registryOf(connection: AdminConnection, text: string): Promise<{ readonly registry: string }> {
  return { registry: (await namedRegistry(connection, text, {})).id };
}

interface NamedImages {
  readonly repositories: string;
  readonly tags: string[];
  readonly digests: string[];
}

function selectionOf(images: readonly string[]): NamedImages {
  const tags: string[] = [];
  const digests: string[] = [];
  const repositories = new Set<string>();
  for (const image of images) {
    const [, repository = image, separator, rest = ''] = /^(.+?)(@|:(?!.*\/))(.+)$/.exec(image) ?? [];
    repositories.add(repository);
    if (separator === '@') digests.push(rest);
    else if (separator === ':') tags.push(rest);
  }
  const [first, ...others] = repositories;
  if (first === undefined || others.length > 0) {
    throw new UsageError('A plan is about one repository, or one pattern of repositories, such as team/**.');
  }
  return { repositories: first, tags, digests };
}
