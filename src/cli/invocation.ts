import type { CliHost } from './cli-host.ts';
import { EXIT } from './cli-error.ts';
import { TerminalReader } from './terminal-reader.ts';

/** One run of the program, from its arguments to its exit code. */
export class Invocation {
  readonly host: CliHost;
  /** What is read from stdin line by line, by whoever needs a line. */
  readonly reader: TerminalReader;
  /** Of a command that did what was asked, but has bad news, such as `doctor`. */
  exitCode: number = EXIT.ok;

  constructor(host: CliHost) {
    this.host = host;
    this.reader = new TerminalReader(host.stdin, host.stderr);
  }

  /** The result, for people or for programs. */
  show(options: { readonly json?: true }, result: { readonly json: unknown; readonly text: string }): void {
    this.host.stdout.write(options.json === true ? `${JSON.stringify(result.json, null, 2)}\n` : `${result.text}\n`);
  }

  /** What a person should know and no program reads. */
  remark(text: string): void {
    this.host.stderr.write(`${text}\n`);
  }
}
