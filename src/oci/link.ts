/**
 * The `Link` header of a page that another follows.
 *
 * @param path absolute and without host, so that it holds behind any proxy.
 * @param params the query of the next page; `undefined` leaves a parameter out.
 * @see distribution-spec v1.1.1 §Listing Tags; RFC 8288
 */
export function nextLink(path: string, params: Readonly<Record<string, string | number | undefined>>): string {
  const query = Object.entries(params)
    .filter((entry): entry is [string, string | number] => entry[1] !== undefined)
    .map(([name, value]) => `${encode(name)}=${encode(String(value))}`);
  return `<${path}${query.length === 0 ? '' : `?${query.join('&')}`}>; rel="next"`;
}

/** Half a surrogate pair has no encoding; it becomes U+FFFD. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
