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

/**
 * Where the page that follows is, as a `Link` header names it: `rel="next"`. Looks at each character a fixed number of
 * times, whatever somebody sends.
 *
 * @see RFC 8288 §3
 */
export function nextTarget(header: string): string | undefined {
  for (const link of partsOf(header, ',')) {
    const [target = '', ...parameters] = partsOf(link, ';').map((part) => part.trim());
    if (target.startsWith('<') && target.endsWith('>') && parameters.some(isNext)) return target.slice(1, -1);
  }
  return undefined;
}

/** What stands between separators that are neither in a target nor in quotes. */
function partsOf(text: string, separator: ',' | ';'): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  let closing = '';
  for (let place = 0; place < text.length; place += 1) {
    const character = text[place];
    if (closing !== '') {
      if (closing === '"' && character === '\\') place += 1;
      else if (character === closing) closing = '';
    } else if (character === '"') closing = '"';
    else if (character === '<') closing = '>';
    else if (character === separator) {
      parts.push(text.slice(start, place));
      start = place + 1;
    }
  }
  return [...parts, text.slice(start)];
}

/** Of several relations, one is enough. */
function isNext(parameter: string): boolean {
  const equals = parameter.indexOf('=');
  if (parameter.slice(0, Math.max(0, equals)).trim().toLowerCase() !== 'rel') return false;
  const relations = parameter.slice(equals + 1).replaceAll('"', '');
  return relations.toLowerCase().split(' ').includes('next');
}
