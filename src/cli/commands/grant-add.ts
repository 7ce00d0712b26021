import { Command } from 'commander';
import { addGrant } from '../../api/grants/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import { granteeInWords, requiredGranteeOf, withGranteeOptions, type GranteeOptions } from '../grantee-options.ts';
import type { Invocation } from '../invocation.ts';
import { areAboutProjects, parseActionsArgument, parsePatternArgument, type Action } from '../rule-argument.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions, GranteeOptions {}

export function grantAdd(invocation: Invocation): Command {
  const command = new Command('add')
    .description('Allow somebody something, besides what they may already. It holds for the next request.')
    .argument(
      '<pattern>',
      'repositories: team/app, team/* (one level), team/** (all below), ** (all); for registries:…, projects',
      parsePatternArgument,
    )
    .argument(
      '<actions>',
      'pull, push, delete, or admin (all three); registries:read, registries:use or registries:manage (each with those before it)',
      parseActionsArgument,
    )
    .action((pattern: string, actions: Action[], options: Options) => run(invocation, { pattern, actions }, options));
  return examples(withWhereOptions(withGranteeOptions(command)), [
    ["havre grant add --user bob 'team/**' pull,push"],
    ["havre grant add --token ci 'team/app' push"],
    ["havre grant add --anonymous 'public/**' pull", 'no login needed'],
    ["havre grant add --signed-in 'base/**' pull"],
    ["havre grant add --user alice 'pn-123456' registries:use", 'a project: the registries it is connected to'],
  ]);
}

async function run(
  invocation: Invocation,
  rule: { readonly pattern: string; readonly actions: Action[] },
  options: Options,
): Promise<void> {
  const to = requiredGranteeOf(options);
  const { grant } = await withAdmin(invocation, options, (connection) => ask(connection, addGrant, { to, ...rule }));
  const where = areAboutProjects(grant.actions) ? `projects ${grant.pattern}` : grant.pattern;
  const text = `Granted: ${granteeInWords(grant.to)} may ${grant.actions.join(', ')} in ${where}.`;
  invocation.show(options, { json: grant, text });
}
