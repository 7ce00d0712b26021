import type { Finished } from '../../support/process.ts';
import type { Sandbox } from '../harness/sandbox.ts';

/** How a client reaches the registry. */
export interface Endpoint {
  /** As it is written before the slash of an image's name: `localhost:5000`. */
  readonly host: string;
  readonly scheme: 'http' | 'https';
  /** The file of the certificate authority to trust, for https. */
  readonly authority?: string;
}

/** A client that journeys put through the same situations: wrong passwords, TLS, proxies. */
export interface Client {
  readonly name: string;
  readonly tools: readonly string[];
  /** It believes any certificate of a registry on a loopback address. */
  readonly trustsLoopback?: boolean;
  /** Makes it ready in a sandbox of its own, which it may fill. */
  open(sandbox: Sandbox, endpoint: Endpoint): Promise<Session>;
}

/** Commands give any status back: being refused is an answer that journeys look at. */
export interface Session extends AsyncDisposable {
  login(username: string, password: string): Promise<Finished>;
  logout(): Promise<Finished>;
  /** Makes an image (or whatever this client pushes) with new content, and pushes it. @param name `team/app:1.0` */
  push(name: string): Promise<Finished>;
  /** Fetches everything from the registry: nothing of an earlier push may be left to take instead. */
  pull(name: string): Promise<Finished>;
}

/** All that a command said. */
export function said(finished: Finished): string {
  return `${finished.stdout}${finished.stderr}`;
}

/** @throws {Error} the command failed; the message has what it said. */
export function mustSucceed(finished: Finished): Finished {
  if (finished.status !== 0) throw new Error(`status ${finished.status}:\n${said(finished)}`);
  return finished;
}
