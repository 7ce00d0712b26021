import { Command } from 'commander';
import { rotateSecretsKey, type KeyRotation } from '../../api/secrets/contract.ts';
import { askLines } from '../admin-client.ts';
import { CliError, RefusedError } from '../cli-error.ts';
import type { AdminConnection } from '../cli-host.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { ProgressLine } from '../progress-line.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

export function secretsRotateKey(invocation: Invocation): Command {
  const command = new Command('rotate-key')
    .description(
      'Replace the key by which secrets of webhooks and registries are sealed, and seal all of them by the new one. It takes a minute, and serving goes on. Where the key is configured, configure the new one first, and the old one as secrets.previousKeys.',
    )
    .summary('Replace the key by which secrets are sealed.')
    .action((options: WhereOptions) => run(invocation, options));
  return examples(withWhereOptions(command), [
    ['havre secrets rotate-key', 'the key that Havre made in its data folder'],
    ['HAVRE_SECRETS_KEY=… HAVRE_SECRETS_PREVIOUS_KEYS=… havre serve', 'and then the same, where you made it'],
  ]);
}

async function run(invocation: Invocation, options: WhereOptions): Promise<void> {
  const report = await withAdmin(invocation, options, (connection) => rotate(invocation, connection));
  invocation.show(options, { json: report, text: inWords(report) });
}

async function rotate({ host }: Invocation, connection: AdminConnection): Promise<KeyRotation> {
  const progress = new ProgressLine(host.stderr);
  try {
    for await (const line of askLines(connection, rotateSecretsKey, {}, host.interruption())) {
      if (line.event === 'progress') progress.show(`sealing anew, ${Math.round(line.elapsedSeconds)} s`);
      else if (line.event === 'done') return line.report;
      else throw new RefusedError(line.problem.type.split('/').at(-1) ?? '', line.problem.detail);
    }
  } finally {
    progress.clear();
  }
  throw new CliError('The server ended without a report. Its log says why.');
}

function inWords({ keyId, resealed, unreadable, isComplete }: KeyRotation): string {
  const counts = Object.entries(resealed).map(([what, count]) => `${count} of ${what}`);
  const lines = [`Secrets sealed anew by the key ${keyId}: ${counts.join(', ')}.`];
  if (unreadable > 0) {
    lines.push(
      `${unreadable} cannot be opened: their key is not here. Add it to secrets.previousKeys, or give them again.`,
    );
  } else if (isComplete) {
    lines.push(
      'Nothing is sealed by an older key any more. If you configured one, take it out of secrets.previousKeys.',
    );
  } else {
    lines.push('Something was sealed by an older key meanwhile: run this again.');
  }
  return lines.join('\n');
}
