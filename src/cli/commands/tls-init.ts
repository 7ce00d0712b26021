import { Command, InvalidArgumentError } from 'commander';
import type { MadeCertificates } from '../cli-host.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { timeInWords } from '../wording.ts';

interface Options {
  readonly out: string;
  readonly days?: number;
  readonly json?: true;
}

export function tlsInit(invocation: Invocation): Command {
  const command = new Command('init')
    .description(
      'Make a certificate authority of your own and a server certificate that it signs, and say what to copy where. Again in the same folder: another server certificate, of the same authority.',
    )
    .summary('Make a certificate authority and a server certificate.')
    .argument('<names...>', 'host names and IP addresses by which clients call the registry')
    .option('--out <folder>', 'where the files go', './certs')
    .option('--days <days>', 'how long the server certificate is good (default: as long as clients accept)', parseDays)
    .option('--json', 'for programs: JSON on stdout')
    .action((names: readonly string[], options: Options) => run(invocation, names, options));
  return examples(command, [
    ['havre tls init registry.lan 192.168.1.10'],
    ['havre tls init --out /etc/havre/certs registry.lan localhost'],
  ]);
}

function parseDays(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number of days.');
}

async function run(
  invocation: Invocation,
  names: readonly string[],
  { out, days, ...options }: Options,
): Promise<void> {
  const wanted = { folder: out, names, ...(days === undefined ? {} : { days }) };
  const made = await invocation.host.makeCertificates(wanted);
  invocation.show(options, { json: { ...made, names }, text: filesInWords(made, names) });
}

function filesInWords(made: MadeCertificates, names: readonly string[]): string {
  return [
    made.isNewAuthority ? 'Made a certificate authority:' : 'Used the certificate authority that is there:',
    `  ${made.authorityCertificate}`,
    `Made a certificate for ${names.join(', ')}, good until ${timeInWords(made.expiresAt.toISOString())}:`,
    `  ${made.certificate}`,
    `  ${made.key}`,
  ].join('\n');
}
