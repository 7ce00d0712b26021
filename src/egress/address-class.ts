import ipaddr from 'ipaddr.js';

/** Addresses of the public range by which clouds speak to their own machines (Azure). The others are link-local. */
const SERVICES_OF_CLOUDS: ReadonlySet<string> = new Set(['168.63.129.16']);

/** What is routed to anybody at all (RFC 4291 §2.4, IANA): `::127.0.0.1` and the like lie outside it. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');

/** What may be somebody's own network: a machine there can be meant. */
const OWN_NETWORKS: ReadonlySet<string> = new Set(['private', 'loopback', 'uniqueLocal', 'carrierGradeNat']);

/**
 * `public` is anybody's machine, `own` one of ours. `never` is where nobody's service is: cloud metadata and everything
 * link-local, multicast, reserved blocks, and what hides an IPv4 address in an IPv6 one (6to4, Teredo, NAT64,
 * IPv4-compatible), behind which the address that is meant escapes every list.
 */
export type AddressClass = 'public' | 'own' | 'never';

/** @param text what a resolver gave, or a host of a URL without brackets. IPv4 in `::ffff:…` is what it stands for. */
export function classOfAddress(text: string): AddressClass {
  if (!ipaddr.isValid(text)) return 'never';
  const address = ipaddr.process(text);
  const range = address.range();
  if (OWN_NETWORKS.has(range)) return isCompatible(address) ? 'never' : 'own';
  if (range !== 'unicast' || SERVICES_OF_CLOUDS.has(address.toString())) return 'never';
  return address.kind() === 'ipv4' || address.match(GLOBAL_UNICAST) ? 'public' : 'never';
}

/** `::127.0.0.1`, which the library takes for the loopback address that it wraps. */
function isCompatible(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (!(address instanceof ipaddr.IPv6)) return false;
  const { parts } = address;
  return parts.slice(0, 6).every((part) => part === 0) && address.toString() !== '::1';
}
