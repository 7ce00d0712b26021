import { SecretUnreadableError } from '../encryption/secret-box.ts';
import { SecretsKeyError } from '../encryption/key-source.ts';
import type { Secrets } from '../encryption/secrets.ts';
import type { Kind } from '../providers/provider.ts';
import type { RegistryUrl } from '../providers/registry-url.ts';
import { ConnectionSecretsError } from './connection-errors.ts';

/** A connection as far as its secrets are bound to it. */
export interface Sealable {
  readonly id: string;
  readonly kind: Kind;
  readonly url: Pick<RegistryUrl, 'scheme' | 'host'>;
}

/**
 * For what the password is sealed: this connection, and the place that it is sent to. So whoever can write to the
 * database cannot have it sent elsewhere.
 */
export function secretContext({ id, kind, url }: Sealable): string {
  return `connection ${id} secret for ${kind} at ${url.scheme}://${url.host}`;
}

/** The key of a client certificate is never sent: it is bound to the connection alone. */
export function clientKeyContext({ id }: Pick<Sealable, 'id'>): string {
  return `connection ${id} client key`;
}

/** @throws {ConnectionSecretsError} */
export async function sealField(
  secrets: Pick<Secrets, 'seal'>,
  text: string | undefined,
  context: string,
): Promise<string | null> {
  if (text === undefined || text === '') return null;
  try {
    return await secrets.seal(text, context);
  } catch (error) {
    if (!(error instanceof SecretsKeyError)) throw error;
    throw new ConnectionSecretsError(error.message, { cause: error });
  }
}

/** @returns empty where there is none. @throws {ConnectionSecretsError} its key is not here. */
export async function openField(
  secrets: Pick<Secrets, 'open'>,
  sealed: string | null,
  context: string,
): Promise<string> {
  if (sealed === null) return '';
  try {
    return await secrets.open(sealed, context);
  } catch (error) {
    if (error instanceof SecretsKeyError) throw new ConnectionSecretsError(error.message, { cause: error });
    if (!(error instanceof SecretUnreadableError)) throw error;
    const message = `The secret of this registry cannot be read: ${error.message}. Give it again, or the key.`;
    throw new ConnectionSecretsError(message, { cause: error });
  }
}
