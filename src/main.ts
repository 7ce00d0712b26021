import { runCli } from './cli/main.ts';
import { commandLineHost } from './composition/command-line.ts';

const exitCode = await runCli(process.argv.slice(2), commandLineHost());
// What a pipe has not taken yet would be lost: `havre token list --json | jq` of a long list.
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise<void>((done) => stream.end(done))));
process.exit(exitCode);
