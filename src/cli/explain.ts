import { CommanderError } from 'commander';
import { CliError, EXIT, UsageError } from './cli-error.ts';
import type { CliHost } from './cli-host.ts';

/**
 * Says what went wrong, in a sentence, or for programs as `{"error":{"code","message"}}`. Never a stack.
 *
 * @returns the exit code.
 */
export function explain(error: unknown, isJson: boolean, host: CliHost): number {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok; // --help, --version
  // A command that only has subcommands was called alone: its help is on stderr already.
  if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage;
  // Whoever read our lines has read enough: `| head`.
  if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return EXIT.pipeClosed;
  const { code, message, exitCode } = knownForm(error, host);
  host.stderr.write(isJson ? `${JSON.stringify({ error: { code, message } })}\n` : `havre: ${message}\n`);
  return exitCode;
}

function knownForm(error: unknown, host: CliHost): Pick<CliError, 'code' | 'message' | 'exitCode'> {
  if (error instanceof CliError) return error;
  if (error instanceof CommanderError) {
    return new UsageError(`${error.message.replace(/^error: /, '')}\nThe same with --help says what it takes.`);
  }
  host.onUnexpected?.(error);
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'UNEXPECTED', message: `Something unexpected went wrong: ${message}`, exitCode: EXIT.failure };
}
