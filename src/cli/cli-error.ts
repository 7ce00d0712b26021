/** What scripts may rely on; `havre --help` lists them. */
export const EXIT = { ok: 0, failure: 1, usage: 2, unreachable: 3, interrupted: 130, pipeClosed: 141 } as const;

/** The command did not do what was asked. The message is all that a person gets to see: it says what to do. */
export class CliError extends Error {
  readonly exitCode: number = EXIT.failure;
  /** For `--json`. */
  readonly code: string = 'FAILED';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The command line itself is wrong; nothing was done. */
export class UsageError extends CliError {
  override readonly exitCode = EXIT.usage;
  override readonly code = 'USAGE';
}

/** The server does not answer, or the data folder belongs to a process that does not. Trying again later may help. */
export class CannotReachError extends CliError {
  override readonly exitCode = EXIT.unreachable;
  override readonly code = 'UNREACHABLE';
}

/** Ctrl-C, before it was done. */
export class InterruptedError extends CliError {
  override readonly exitCode = EXIT.interrupted;
  override readonly code = 'INTERRUPTED';

  constructor() {
    super('Interrupted.');
  }
}

/** The admin API refused. */
export class RefusedError extends CliError {
  override readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
