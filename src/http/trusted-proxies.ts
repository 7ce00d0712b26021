import ipaddr from 'ipaddr.js';
import { Networks } from './networks.ts';

/** What the proxies in front of us say about a request. Absent: they said nothing. */
export interface Forwarded {
  /** The nearest hop that is not one of our proxies. */
  readonly source?: string;
  readonly secure?: boolean;
  readonly host?: string;
}

/** The proxies whose forwarding headers are believed. Everybody else's are ignored, whatever they say. */
export class TrustedProxies {
  readonly #networks: Networks;

  /** @throws {NetworkInvalidError} */
  constructor(blocks: readonly string[]) {
    this.#networks = new Networks(blocks);
  }

  get isEmpty(): boolean {
    return this.#networks.isEmpty;
  }

  /** @param address an IP address; anything else is not trusted. */
  trusts(address: string): boolean {
    return this.#networks.include(address);
  }

  /**
   * What the headers say, read from the hop nearest to us outwards: the first address that is not a proxy of
   * ours is the source, and what stands further left was written by somebody we do not know.
   * The caller has checked that the peer itself is trusted. `Forwarded` (RFC 7239) wins over `X-Forwarded-*`.
   */
  read(headers: Headers): Forwarded {
    const standard = headers.get('forwarded');
    return standard === null ? this.#readLegacy(headers) : this.#readStandard(standard);
  }

  #readLegacy(headers: Headers): Forwarded {
    const hops = listOf(headers.get('x-forwarded-for'));
    const nearest = this.#nearestForeign(hops.map(parseNode));
    const scheme = valueOfHop(headers.get('x-forwarded-proto'), hops.length, nearest);
    const host = valueOfHop(headers.get('x-forwarded-host'), hops.length, nearest);
    return compose(nearest === undefined ? undefined : parseNode(hops[nearest] ?? ''), scheme, host);
  }

  #readStandard(header: string): Forwarded {
    const hops = splitOutsideQuotes(header, ',').map(parseElement);
    const nearest = this.#nearestForeign(hops.map((hop) => parseNode(hop.get('for') ?? '')));
    // Each element was written by one proxy: the one that saw the source also saw its scheme and host.
    const hop = nearest === undefined ? hops.at(-1) : hops[nearest];
    return compose(
      nearest === undefined ? undefined : parseNode(hop?.get('for') ?? ''),
      hop?.get('proto'),
      hop?.get('host'),
    );
  }

  /** Index of the rightmost hop that is not ours; when all are ours, the leftmost. */
  #nearestForeign(hops: readonly (string | undefined)[]): number | undefined {
    for (let index = hops.length - 1; index >= 0; index -= 1) {
      const hop = hops[index];
      if (hop === undefined) return index + 1 < hops.length ? index + 1 : undefined;
      if (!this.trusts(hop)) return index;
    }
    return hops.length > 0 ? 0 : undefined;
  }
}

function compose(source: string | undefined, scheme: string | undefined, host: string | undefined): Forwarded {
  const protocol = scheme?.toLowerCase();
  return {
    ...(source !== undefined && { source }),
    ...((protocol === 'https' || protocol === 'http') && { secure: protocol === 'https' }),
    ...(host !== undefined && isHost(host) && { host }),
  };
}

/** `host[:port]`, and nothing that could break out of a URL or a header made from it. */
export function isHost(text: string): boolean {
  return /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/.test(text);
}

/** The address of `192.0.2.1`, `192.0.2.1:47011`, `2001:db8::1` or `[2001:db8::1]:47011`; `undefined` for `unknown` and `_hidden`. */
function parseNode(text: string): string | undefined {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1];
  const withPort = /^([0-9.]+):\d+$/.exec(text)?.[1];
  const address = bracketed ?? withPort ?? text;
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : undefined;
}

function listOf(header: string | null): readonly string[] {
  return header === null ? [] : header.split(',').map((part) => part.trim());
}

/** When every proxy added its own value, the one of the proxy that saw the source; else what the proxy nearest to us said. */
function valueOfHop(header: string | null, hopCount: number, hop: number | undefined): string | undefined {
  const values = listOf(header);
  return values.length === hopCount && hop !== undefined ? values[hop] : values.at(-1);
}

function parseElement(text: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const pair of splitOutsideQuotes(text, ';')) {
    const at = pair.indexOf('=');
    if (at > 0) pairs.set(pair.slice(0, at).trim().toLowerCase(), unquote(pair.slice(at + 1).trim()));
  }
  return pairs;
}

function splitOutsideQuotes(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (isQuoted && character === '\\') index += 1;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === separator && !isQuoted) {
      parts.push(text.slice(start, index).trim());
      start = index + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts;
}

function unquote(text: string): string {
  return text.startsWith('"') && text.endsWith('"') && text.length > 1
    ? text.slice(1, -1).replace(/\\(.)/g, '$1')
    : text;
}
