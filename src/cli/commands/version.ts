import { Command } from 'commander';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';

interface Options {
  readonly json?: true;
}

export function version(invocation: Invocation): Command {
  const command = new Command('version')
    .description('Say which version this is, and what it runs on.')
    .option('--json', 'for programs: JSON on stdout')
    .action((options: Options) => {
      const { version: havre } = invocation.host;
      const json = { version: havre, bun: Bun.version, platform: process.platform, architecture: process.arch };
      const text = `havre ${havre} (Bun ${Bun.version}, ${process.platform} ${process.arch})`;
      invocation.show(options, { json, text });
    });
  return examples(command, [['havre version'], ['havre version --json']]);
}
