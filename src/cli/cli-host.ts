import type { RestoreLine } from '../api/backup/contract.ts';
import type { LoginSources } from '../client/logins/login-file.ts';

/**
 * The world as the command line sees it. `main.ts` provides the real one, tests provide theirs: nothing in `cli/` opens
 * a database, reads the environment or knows what a server is made of.
 */
export interface CliHost {
  /** Of this program, such as `0.1.0`. */
  readonly version: string;
  readonly stdin: CliInput;
  readonly stdout: CliOutput;
  readonly stderr: CliOutput;
  /** Where, and as whom, to govern when the command line does not say; nowhere but this machine if absent. */
  readonly remote?: RemoteLogin;
  /** Whose registries are meant where the command line does not say; those of all projects if absent. */
  readonly project?: string;
  readonly diagnosis: Diagnosis;
  /** Of the person at this machine, to other registries. */
  readonly logins: LoginSources;
  /** Where docker-credential-havre finds how to log in here; nothing is kept for it if absent. */
  readonly loginFile?: string;

  now(): Date;

  /** Told of an error that is a mistake of ours, whose message a person has already got: for a log at level debug. */
  onUnexpected?(error: unknown): void;

  /** From the first call on, Ctrl-C aborts this signal instead of ending the program. A second Ctrl-C ends it. */
  interruption(): AbortSignal;

  /** Runs the registry until it is told to stop. @returns the exit code. It says on its own what goes wrong. */
  serve(overrides: Overrides): Promise<number>;

  /**
   * The admin API of the installation on this machine: of the server that runs on its data folder, or, if none does, of
   * the folder itself, opened for as long as the connection is.
   *
   * @throws {CannotReachError} the folder is another process's that does not answer.
   * @throws {CliError} the configuration or the folder cannot be used; the message says what to do.
   */
  localAdmin(overrides: Overrides): Promise<AdminConnection>;

  /**
   * Fills the empty installation that the configuration names from a backup. It ends with a line that says what came of
   * it.
   *
   * @throws {CliError} the configuration, the folder or its database cannot be used.
   */
  restore(overrides: Overrides, request: RestoreRequest, signal: AbortSignal): AsyncIterable<RestoreLine>;

  /**
   * Makes a certificate authority in the folder, or takes the one that is there, and has it sign a server certificate,
   * which takes the place of one that is there.
   *
   * @throws {CliError} names that no certificate can have, files that cannot be written.
   */
  makeCertificates(wanted: WantedCertificates): Promise<MadeCertificates>;
}

/** `process.stdin` is one. */
export interface CliInput extends AsyncIterable<string | Uint8Array> {
  readonly isTTY?: boolean;
  setRawMode?(isRaw: boolean): unknown;
}

/** `process.stdout` and `process.stderr` are. */
export interface CliOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * What the command line says about the configuration, stronger than the environment and the file: by the key path of the
 * setting (`data`, `http.address`), and `config` for the file. Unknown ones are the configuration's to refuse.
 */
export type Overrides = Readonly<Record<string, string>>;

export interface RemoteLogin {
  /** Origin of the server: `https://registry.example.org`. */
  readonly server: string;
  readonly name: string;
  readonly password: string;
}

export interface RestoreRequest {
  /** An absolute path, or an `s3://` URL. */
  readonly source: string;
  /** Default: the newest. */
  readonly snapshot: string | undefined;
}

export interface AdminConnection {
  /** The URL's origin means nothing: the path and the rest are what is sent. */
  send(request: Request): Promise<Response>;
  close(): Promise<void>;
}

export interface WantedCertificates {
  readonly folder: string;
  /** DNS names and IP addresses, at least one. */
  readonly names: readonly string[];
}

export interface MadeCertificates {
  /** Paths of PEM files, absolute. */
  readonly authorityCertificate: string;
  readonly certificate: string;
  readonly key: string;
  readonly isNewAuthority: boolean;
  readonly expiresAt: Date;
}

/** What `doctor` asks of the other parts of the program. */
export interface Diagnosis {
  /** Reads the configuration as `serve` would. Never throws for what is written there. */
  configuration(overrides: Overrides): Promise<ReadConfiguration>;

  /** Who works with the data folder now, such as `process 17 on host`; `undefined`: nobody. It leaves no trace. */
  holderOf(folder: string): Promise<string | undefined>;

  /** Reads the text of an htpasswd file. */
  htpasswd(text: string): ReadHtpasswd;

  /** Asks PostgreSQL, where the configuration names one; `undefined`: it names none. */
  database(overrides: Overrides): Promise<AskedDatabase | undefined>;
}

/** What PostgreSQL says of itself, or, as a sentence, why it cannot be used. */
export type AskedDatabase = { readonly failure: string } | DatabaseAnswer;

export interface DatabaseAnswer {
  /** `host:port/database`. */
  readonly place: string;
  readonly version: string;
  /** Why it cannot keep our facts, although it answers. */
  readonly unusable?: string;
  /** On this machine. */
  readonly isLocal: boolean;
  readonly isEncrypted: boolean;
  readonly isReadOnly: boolean;
  readonly maxConnections: number;
  /** What one node opens at most. */
  readonly poolSize: number;
  /** By its clock, and by ours in the same moment. */
  readonly time: Date;
  readonly ourTime: Date;
}

export interface ReadConfiguration {
  /** Sentences. With a problem the server does not start, and there are no settings. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  readonly settings?: DiagnosedSettings;
}

/** Paths are absolute. */
export interface DiagnosedSettings {
  readonly data: string;
  readonly publicUrl?: string;
  /** `:5000`, `127.0.0.1:5000`, `[::1]:5000`. */
  readonly address: string;
  readonly redirectAddress?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly htpasswdPath?: string;
}

export interface ReadHtpasswd {
  readonly users: number;
  readonly problems: readonly { readonly line: number; readonly message: string }[];
}
