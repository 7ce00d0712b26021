/**
 * Whose page sends a request, as browsers say and scripts cannot: `ours`, or another one's. `unknown`: nobody says, as
 * programs do, and browsers where people typed the address.
 */
export type PageOrigin = 'ours' | 'foreign' | 'unknown';

/**
 * @param ours the origins by which we are known.
 * @see https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header (over TLS, and to the machine itself)
 * @see https://fetch.spec.whatwg.org/#origin-header (with every method but GET and HEAD)
 */
export function pageOrigin(headers: Headers, ours: readonly string[]): PageOrigin {
  const site = headers.get('sec-fetch-site');
  if (site !== null && site !== 'none') return site === 'same-origin' ? 'ours' : 'foreign';
  const origin = headers.get('origin');
  if (origin === null) return 'unknown';
  return ours.some((one) => URL.canParse(one) && new URL(one).origin === origin) ? 'ours' : 'foreign';
}
