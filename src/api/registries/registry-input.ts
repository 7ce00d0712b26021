import { ConnectionInvalidError } from '../../connections/connection-errors.ts';
import type { ConnectionInput } from '../../connections/connection-input.ts';
import { parseRegistryUrl, RegistryUrlError, type RegistryUrl } from '../../providers/registry-url.ts';

/** What a contract's input says of a registry: times are text there, and what is absent is `undefined`. */
type Said<Field extends keyof ConnectionInput = keyof ConnectionInput> = {
  readonly [Name in Exclude<Field, 'expiresAt'>]?: ConnectionInput[Name] | undefined;
} & { readonly expiresAt?: string | null | undefined };

/** As {@link ConnectionInput}: without the fields of which nothing is said. */
export function connectionInput({ expiresAt, ...said }: Said): Partial<ConnectionInput> {
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  if (expiresAt === undefined) return given;
  return { ...given, expiresAt: expiresAt === null ? null : new Date(expiresAt) };
}

/** @throws {ConnectionInvalidError} */
export function registryUrl(text: string): RegistryUrl {
  try {
    return parseRegistryUrl(text);
  } catch (error) {
    if (!(error instanceof RegistryUrlError)) throw error;
    throw new ConnectionInvalidError([{ field: 'url', message: error.message }], { cause: error });
  }
}
