import type { Command } from 'commander';
import { Login } from '../client/authorization/login.ts';
import { findLogin } from '../client/logins/login-file.ts';
import { formatReference, parseReference, type Reference } from '../client/reference.ts';
import { RemoteRegistry, type RepositoryAction } from '../client/remote-registry.ts';
import type { RemoteRepository } from '../client/remote-repository.ts';
import { UsageError } from './cli-error.ts';
import type { Invocation } from './invocation.ts';
import { isExposed } from './remote-admin.ts';
import { readText } from './remote-login.ts';

/** How to reach two registries, and who we are there. */
export interface EndOptions {
  readonly sourceLogin?: string;
  readonly sourcePasswordStdin?: true;
  readonly sourcePasswordFile?: string;
  readonly destinationLogin?: string;
  readonly destinationPasswordStdin?: true;
  readonly destinationPasswordFile?: string;
  readonly plainHttp?: true;
  readonly insecure?: true;
  readonly ca?: string;
  readonly trustRealm?: readonly string[];
}

export type End = 'source' | 'destination';

export function withEndOptions(command: Command): Command {
  for (const end of ['source', 'destination'] as const) {
    command
      .option(`--${end}-login <name>`, `who to be at the ${end} (default: as docker login and podman login left it)`)
      .option(`--${end}-password-stdin`, `with --${end}-login: read the password from a line of stdin, source first`)
      .option(`--${end}-password-file <file>`, `with --${end}-login: read the password from a file`);
  }
  return command
    .option('--plain-http', 'without TLS; or write http:// before the one it is about')
    .option('--insecure', 'believe any certificate, and follow redirects into private networks')
    .option('--ca <file>', 'believe the certificate authority in this PEM file too')
    .option('--trust-realm <host>', 'a token service of another domain that may have the password', addTo);
}

/** An option that can be said several times. */
function addTo(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

/** @throws {UsageError} */
export function referenceOf(text: string, { plainHttp }: EndOptions): Reference {
  return parseReference(text, plainHttp === true ? 'http' : undefined);
}

/**
 * The repository at one end, with the login that the options or else the files of docker and podman name.
 *
 * @throws {UsageError} options that contradict each other, a password that is missing.
 */
export async function openEnd(
  invocation: Invocation,
  { end, reference, actions }: { end: End; reference: Reference; actions: readonly RepositoryAction[] },
  options: EndOptions,
): Promise<RemoteRepository> {
  const { host } = invocation;
  const { registry: address, repository } = reference;
  const given = await givenLogin(invocation, end, loginOptions(end, options));
  if (given !== undefined && isExposed(address.origin)) {
    invocation.remark(`Warning: without https, anybody on the way to ${address.name} can read the password.`);
  }
  const registry = new RemoteRegistry(address, {
    userAgent: `havre/${host.version}`,
    login: async () => given ?? (await findLogin(host.logins, address.name, repository)),
    ...(options.ca !== undefined && { authorities: await readText(options.ca) }),
    ...(options.insecure === true && { isInsecure: true }),
    ...(options.trustRealm !== undefined && { trustedRealms: options.trustRealm }),
  });
  return registry.repository(repository, ...actions);
}

/** `team/app` of a registry, without what was not typed. */
export function shownReference(reference: Reference): string {
  return formatReference(reference);
}

interface LoginOptions {
  readonly name: string | undefined;
  readonly isOnStdin: boolean;
  readonly file: string | undefined;
}

function loginOptions(end: End, options: EndOptions): LoginOptions {
  return end === 'source'
    ? { name: options.sourceLogin, isOnStdin: options.sourcePasswordStdin === true, file: options.sourcePasswordFile }
    : {
        name: options.destinationLogin,
        isOnStdin: options.destinationPasswordStdin === true,
        file: options.destinationPasswordFile,
      };
}

async function givenLogin(
  { reader }: Invocation,
  end: End,
  { name, isOnStdin, file }: LoginOptions,
): Promise<Login | undefined> {
  if (isOnStdin && file !== undefined) {
    throw new UsageError(`--${end}-password-stdin and --${end}-password-file: say one of them.`);
  }
  if (name === undefined) {
    if (!isOnStdin && file === undefined) return undefined;
    throw new UsageError(`Whose password is that? --${end}-login says it.`);
  }
  if (file !== undefined) return Login.password(name, (await readText(file)).replace(/\r?\n$/, ''));
  if (reader.isTerminal) return Login.password(name, await reader.askHidden(`Password of ${name} at the ${end}: `));
  const line = isOnStdin ? await reader.readLine() : undefined;
  if (line !== undefined && line !== '') return Login.password(name, line);
  throw new UsageError(
    `The password of ${name} at the ${end} is missing: --${end}-password-stdin or --${end}-password-file.`,
  );
}
