import { Option, type Command } from 'commander';
import { UsageError } from './cli-error.ts';
import type { Invocation } from './invocation.ts';
import { readText } from './remote-login.ts';

export interface SecretOptions {
  readonly passwordStdin?: true;
  readonly passwordFile?: string;
  /** What nobody should do. */
  readonly password?: string | true;
}

export function withSecretOptions(command: Command): Command {
  return command
    .option('--password-stdin', 'read the password, token or key from stdin, instead of asking for it')
    .option('--password-file <file>', 'read it from a file: a key of a service account is one')
    .addOption(new Option('-p, --password [secret]').hideHelp());
}

/** @throws {UsageError} a secret is on the command line, or there are two. */
export function checkSecretOptions({ password, passwordStdin, passwordFile }: SecretOptions): void {
  if (password !== undefined) {
    throw new UsageError(
      'A password on the command line is seen by whoever is on this machine, and stays in the history of the shell: say --password-stdin or --password-file FILE, or leave it out to be asked.',
    );
  }
  if (passwordStdin === true && passwordFile !== undefined) {
    throw new UsageError('--password-stdin and --password-file: say one of them.');
  }
}

/** The secret that the options say, without the line break at its end; `undefined`: they say none. */
export async function saidSecret(
  { reader }: Invocation,
  { passwordStdin, passwordFile }: SecretOptions,
): Promise<string | undefined> {
  if (passwordFile !== undefined) return withoutLineBreak(await readText(passwordFile));
  if (passwordStdin !== true) return undefined;
  // A key may have several lines.
  const lines: string[] = [];
  for (let line = await reader.readLine(); line !== undefined; line = await reader.readLine()) lines.push(line);
  const secret = withoutLineBreak(lines.join('\n'));
  if (secret === '') throw new UsageError('--password-stdin: there is no password on stdin.');
  return secret;
}

/**
 * The secret that the options say, or somebody types.
 *
 * @throws {UsageError} there is nobody to ask.
 */
export async function askedSecret(invocation: Invocation, options: SecretOptions, question: string): Promise<string> {
  const said = await saidSecret(invocation, options);
  if (said !== undefined) return said;
  if (invocation.reader.isTerminal) return invocation.reader.askHidden(`${question}: `);
  throw new UsageError('There is no terminal to ask for a password: say --password-stdin or --password-file FILE.');
}

function withoutLineBreak(text: string): string {
  return text.replace(/(?:\r?\n)+$/, '');
}
