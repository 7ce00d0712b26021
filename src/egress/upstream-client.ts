import { EgressDeniedError } from './egress-error.ts';
import type { Egress, PlacedAnswer } from './egress.ts';
import { type Hop, nextHop } from './redirects.ts';
import type { UpstreamAnswer, UpstreamHttp, UpstreamRequest } from './upstream-http.ts';

const DEFAULT_MAX_BYTES = 8 * 1024 * 1024;

/** Calls an upstream for one connection, and follows where it redirects. */
export class UpstreamClient implements UpstreamHttp {
  readonly #egress: Egress;

  constructor(egress: Egress) {
    this.#egress = egress;
  }

  async send(request: UpstreamRequest): Promise<UpstreamAnswer> {
    let hop = firstHop(request);
    let isPublicOnly = false;
    for (let followed = 0; ; followed++) {
      const answer = await this.#exchange(hop, request, isPublicOnly);
      const next = request.follows === false ? undefined : nextHop(hop, answer, followed);
      if (next === undefined) return { ...answer, url: hop.url.href };
      // What somebody outside sends us to, an operator let us call for ourselves.
      isPublicOnly ||= answer.isPublic;
      hop = next;
    }
  }

  async #exchange(hop: Hop, { maxBytes, signal }: UpstreamRequest, isPublicOnly: boolean): Promise<PlacedAnswer> {
    return await this.#egress.send({
      method: hop.method,
      url: hop.url.href,
      headers: hop.headers,
      ...(hop.body !== undefined && { body: hop.body }),
      maxBytes: maxBytes ?? DEFAULT_MAX_BYTES,
      rest: 'refuse',
      isPublicOnly,
      signal,
    });
  }
}

function firstHop({ method, url, headers = {}, body }: UpstreamRequest): Hop {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  if (!URL.canParse(url)) throw new EgressDeniedError('This is no URL.');
  return { method, url: new URL(url), headers, body: bytes };
}
