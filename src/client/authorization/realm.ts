import { UnsafeAddressError } from '../client-error.ts';
import { isAddress, isLoopback, isPrivateAddress } from '../network-place.ts';
import type { RegistryAddress } from '../registry-address.ts';
import { registrableDomain } from './registrable-domain.ts';

/** Registries whose token service has another domain than they have. */
const KNOWN_REALMS: ReadonlyMap<string, string> = new Map([['registry.redhat.io', 'sso.redhat.com']]);

export interface RealmTrust {
  /** Hosts of token services that are given passwords of this registry, besides those of its own domain. */
  readonly trustedRealms?: readonly string[];
  /** Neither certificates nor private addresses are looked at. */
  readonly isInsecure?: boolean;
}

/**
 * The token endpoint that a challenge names, if it is one to be asked. Whoever can answer in the place of a registry
 * could otherwise have a password sent to themselves, or a request sent into our network (CVE-2020-15157,
 * CVE-2026-33540).
 *
 * @throws {UnsafeAddressError} not https, though the registry is; or a private address, though the registry has none.
 */
export function parseRealm(text: string, registry: RegistryAddress, trust: RealmTrust): URL {
  const origin = new URL(registry.origin);
  const realm = URL.canParse(text, registry.origin) ? new URL(text, registry.origin) : undefined;
  if (realm === undefined || !/^https?:$/.test(realm.protocol) || realm.username !== '' || realm.password !== '') {
    throw new UnsafeAddressError(`${registry.name}: its token service has no usable address.`);
  }
  if (realm.protocol === 'http:' && !(origin.protocol === 'http:' && isSamePlace(realm, origin))) {
    throw new UnsafeAddressError(`${registry.name} sends us to ${realm.host} for a token, without https. Refused.`);
  }
  const isInside = isPrivateAddress(realm.hostname) && realm.hostname !== origin.hostname;
  if (isInside && !isPrivateAddress(origin.hostname) && trust.isInsecure !== true) {
    throw new UnsafeAddressError(
      `${registry.name} sends us into our own network for a token, to ${realm.host}. Refused.`,
    );
  }
  return realm;
}

/** Whether a password for the registry may be given to this token service. */
export function isTrustedWithPassword(realm: URL, registry: RegistryAddress, trust: RealmTrust): boolean {
  const origin = new URL(registry.origin);
  if (isSamePlace(realm, origin) || KNOWN_REALMS.get(registry.name) === realm.hostname) return true;
  if (trust.trustedRealms?.includes(realm.hostname) === true) return true;
  if (isAddress(realm.hostname) || isAddress(origin.hostname)) return false;
  return registrableDomain(realm.hostname) === registrableDomain(origin.hostname);
}

function isSamePlace(realm: URL, origin: URL): boolean {
  return realm.hostname === origin.hostname || (isLoopback(realm.hostname) && isLoopback(origin.hostname));
}
