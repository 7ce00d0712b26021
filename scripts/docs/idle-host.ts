import type { CliHost } from '../../src/cli/cli-host.ts';

/** A world in which commands can be described and not run. */
export function idleHost(): CliHost {
  const never = (): never => {
    throw new Error('a command that is only described was run');
  };
  const nowhere = { write: () => undefined };
  return {
    version: '',
    stdin: { [Symbol.asyncIterator]: never },
    stdout: nowhere,
    stderr: nowhere,
    diagnosis: { configuration: never, holderOf: never, htpasswd: never, database: never },
    logins: { files: [] },
    // Defaults such as "in 90 days" are times; their description is what is shown.
    now: () => new Date(0),
    interruption: never,
    serve: never,
    localAdmin: never,
    restore: never,
    makeCertificates: never,
  };
}
