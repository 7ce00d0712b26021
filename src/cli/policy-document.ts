import { Option, type Command } from 'commander';
import { listPresets } from '../api/policies/contract.ts';
import { ask } from './admin-client.ts';
import { CliError, UsageError } from './cli-error.ts';
import type { AdminConnection } from './cli-host.ts';
import { readText } from './remote-login.ts';

export const KINDS = ['native', 'ecr', 'harbor', 'zot', 'google', 'gitlab', 'acr', 'ghcr'] as const;
export type Kind = (typeof KINDS)[number];

export interface DocumentOptions {
  readonly kind?: Kind;
  readonly preset?: string;
}

export interface PolicyDocument {
  readonly kind: Kind;
  readonly document: string;
}

export function withKindOption(command: Command): Command {
  return command.addOption(
    new Option(
      '--kind <kind>',
      'what the document is written in (default: ecr where it looks so, else native)',
    ).choices(KINDS),
  );
}

/** Reads a policy from a file, or takes one of those to start from. */
export async function policyDocument(
  connection: AdminConnection,
  file: string | undefined,
  { kind, preset }: DocumentOptions,
): Promise<PolicyDocument> {
  if ((file === undefined) === (preset === undefined)) throw new UsageError('Say a file, or --preset; not both.');
  if (preset !== undefined) return presetOf(connection, preset);
  const document = await readText(file ?? '');
  return { kind: kind ?? (document.includes('"rulePriority"') ? 'ecr' : 'native'), document };
}

async function presetOf(connection: AdminConnection, name: string): Promise<PolicyDocument> {
  const { presets } = await ask(connection, listPresets, {});
  const found = presets.find((preset) => preset.name === name);
  if (found !== undefined) return { kind: found.kind, document: found.document };
  throw new CliError(`There is no preset ${name}: ${presets.map((preset) => preset.name).join(', ')}.`);
}
