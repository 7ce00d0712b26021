import { runCli } from './cli/main.ts';
import { commandLineHost } from './composition/command-line.ts';

process.exit(await runCli(process.argv.slice(2), commandLineHost()));
