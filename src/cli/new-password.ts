import type { Command } from 'commander';
import { CliError, UsageError } from './cli-error.ts';
import type { Invocation } from './invocation.ts';

export interface NewPasswordOptions {
  readonly passwordStdin?: true;
  readonly generate?: true;
}

export function withNewPasswordOptions(command: Command): Command {
  return command
    .option('--password-stdin', 'read the password from a line of stdin, instead of asking for it')
    .option('--generate', 'make a password, and show it once');
}

/**
 * The password that somebody chooses now; `undefined`: it is to be made.
 *
 * @throws {UsageError} there is no way to learn it.
 * @throws {CliError} it was typed differently the second time.
 */
export async function chooseNewPassword(
  { reader }: Invocation,
  { passwordStdin, generate }: NewPasswordOptions,
  name: string,
): Promise<string | undefined> {
  if (passwordStdin === true && generate === true) {
    throw new UsageError('--password-stdin and --generate: say one of them.');
  }
  if (generate === true) return undefined;
  if (reader.isTerminal) {
    const password = await reader.askHidden(`New password for ${name}: `);
    if ((await reader.askHidden('The same again: ')) === password) return password;
    throw new CliError('The two are not the same; nothing was changed.');
  }
  if (passwordStdin === undefined) {
    throw new UsageError('There is no terminal to ask for a password: say --password-stdin or --generate.');
  }
  const line = await reader.readLine();
  if (line === undefined || line === '') throw new UsageError('--password-stdin: there is no password on stdin.');
  if ((await reader.readLine()) !== undefined) {
    throw new UsageError('--password-stdin: the password is one line, and there are more on stdin.');
  }
  return line;
}
