import ipaddr from 'ipaddr.js';

/** RFC 4291 §2.4 */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');

/** `127.0.0.1`, `::1`, `localhost` and the names below it. @param hostname as in a URL: IPv6 in brackets or not. */
export function isLoopback(hostname: string): boolean {
  const bare = withoutBrackets(hostname);
  if (bare === 'localhost' || bare.endsWith('.localhost')) return true;
  return ipaddr.isValid(bare) && ipaddr.process(bare).range() === 'loopback';
}

/**
 * An address that has no place in the public network, written as such: loopback, private, link-local (where clouds keep
 * their metadata), carrier-grade NAT, and what embeds an IPv4 address in an IPv6 one. Names are not looked up: over
 * https the certificate decides whether a name leads where it says.
 */
export function isPrivateAddress(hostname: string): boolean {
  const bare = withoutBrackets(hostname);
  if (isLoopback(bare)) return true;
  if (!ipaddr.isValid(bare)) return false;
  const address = ipaddr.process(bare);
  // `::7f00:1` is 127.0.0.1 in an old dress, and "unicast" to the library: all that is public lies in 2000::/3.
  return address.range() !== 'unicast' || (address.kind() === 'ipv6' && !address.match(GLOBAL_UNICAST));
}

export function isAddress(hostname: string): boolean {
  return ipaddr.isValid(withoutBrackets(hostname));
}

function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
}
