import type { Digest } from '../oci/digest.ts';

/**
 * Does the client already have this content? Docker's clients send the digest with and without quotes.
 *
 * @see RFC 9110 §13.1.2
 */
export function isUnchanged(request: Request, digest: Digest): boolean {
  const header = request.headers.get('if-none-match');
  if (header === null) return false;
  return header.split(',').some((tag) => {
    const bare = tag.trim().replace(/^W\//, '').replaceAll('"', '');
    return bare === digest || bare === '*';
  });
}
