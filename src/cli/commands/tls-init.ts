import { Command, InvalidArgumentError } from 'commander';
import type { MadeCertificates } from '../cli-host.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { tlsInstructions } from '../tls-instructions.ts';
import { timeInWords } from '../wording.ts';

interface Options {
  readonly out: string;
  readonly port: number;
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
    .option('--port <port>', 'where the registry listens, for the instructions', parsePort, 5000)
    .option('--json', 'for programs: JSON on stdout')
    .action((names: readonly string[], options: Options) => run(invocation, names, options));
  return examples(command, [
    ['havre tls init registry.lan 192.168.1.10'],
    ['havre tls init --out /etc/havre/certs registry.lan localhost'],
  ]);
}

function parsePort(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('It must be a port: 1 to 65535.');
}

async function run(invocation: Invocation, names: readonly string[], options: Options): Promise<void> {
  const { out, port } = options;
  const made = await invocation.host.makeCertificates({ folder: out, names });
  invocation.show(options, {
    json: { ...made, names },
    text: `${filesInWords(made, names)}\n\n${tlsInstructions({ ...made, names, port })}`,
  });
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
