import type { Command } from 'commander';
import { UsageError } from './cli-error.ts';
import type { Invocation } from './invocation.ts';

export interface YesOption {
  readonly yes?: true;
}

export function withYesOption(command: Command): Command {
  return command.option('-y, --yes', 'do not ask');
}

/**
 * Says what is about to be done, and asks whether it should be.
 *
 * @throws {UsageError} there is nobody to ask.
 */
export async function confirmed({ reader, host }: Invocation, { yes }: YesOption, what: string): Promise<boolean> {
  if (yes === true) return true;
  if (!reader.isTerminal) throw new UsageError('There is no terminal to ask at: say --yes.');
  host.stderr.write(`${what}\nGo on? [y/N] `);
  return /^y(?:es)?$/i.test((await reader.readLine())?.trim() ?? '');
}
