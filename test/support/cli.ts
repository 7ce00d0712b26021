import { localAdministrator } from '../../src/auth/identity.ts';
import type { CliHost, DiagnosedSettings, Overrides, ReadConfiguration } from '../../src/cli/cli-host.ts';
import { runCli } from '../../src/cli/main.ts';
import type { Installation } from './admin.ts';

export interface CliOptions {
  /** What the commands govern. */
  readonly installation?: Installation;
  /** What is piped in, or, at a terminal, typed. */
  readonly stdin?: string;
  readonly isTerminal?: boolean;
  /** In the place of what this host would be. */
  readonly host?: Partial<CliHost>;
}

export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The overrides with which the installation was asked for. */
  readonly overrides: readonly Overrides[];
  /** Was the connection to the installation let go of? */
  readonly isClosed: boolean;
}

export const SETTINGS: DiagnosedSettings = { data: '/nowhere', address: ':5000' };

/** Runs one command line, as `main.ts` does, on a host of the test's. */
export async function runHavre(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { installation, stdin = '', isTerminal = false } = options;
  const written = { stdout: '', stderr: '' };
  const overrides: Overrides[] = [];
  let open = 0;
  const host: CliHost = {
    version: '1.2.3',
    stdin: inputOf(stdin, isTerminal),
    stdout: { isTTY: isTerminal, write: (text) => (written.stdout += text) },
    stderr: { isTTY: isTerminal, write: (text) => (written.stderr += text) },
    now: () => installation?.clock.now ?? new Date('2026-11-20T10:00:00Z'),
    logins: { files: [] },
    interruption: () => new AbortController().signal,
    serve: () => Promise.reject(new Error('this test serves nothing')),
    restore: () => {
      throw new Error('this test restores nothing');
    },
    makeCertificates: () => Promise.reject(new Error('this test makes no certificates')),
    localAdmin: async (given) => {
      overrides.push(given);
      if (installation === undefined) throw new Error('this test has no installation');
      open += 1;
      return {
        send: (request) => installation.api(request, localAdministrator()),
        close: async () => {
          open -= 1;
        },
      };
    },
    diagnosis: {
      configuration: async (): Promise<ReadConfiguration> => ({ problems: [], warnings: [], settings: SETTINGS }),
      holderOf: async () => undefined,
      htpasswd: () => ({ users: 0, problems: [] }),
      database: async () => undefined,
    },
    ...options.host,
  };
  const exitCode = await runCli(args, host);
  return { exitCode, ...written, overrides, isClosed: open === 0 };
}

/** Comes in pieces that end where they please, as from a pipe or a keyboard. */
function inputOf(text: string, isTerminal: boolean): CliHost['stdin'] {
  const bytes = new TextEncoder().encode(text);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.byteLength; at += 3) yield bytes.subarray(at, at + 3);
  }
  return { isTTY: isTerminal, setRawMode: () => undefined, [Symbol.asyncIterator]: () => pieces() };
}
