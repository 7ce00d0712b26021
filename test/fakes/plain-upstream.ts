import type { UpstreamAnswer, UpstreamHttp, UpstreamRequest } from '../../src/egress/upstream-http.ts';

const MAX_REDIRECTS = 5;

/**
 * The way out of a test to fakes of this machine: follows redirects without credentials to other hosts, and tries again
 * what fails by 5xx, at once. Has no budget, so 429 comes back as an answer.
 */
export function plainUpstream(): UpstreamHttp {
  return {
    send: async (request) => {
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      for (let left = request.attempts ?? (isRead ? 3 : 1); ; left -= 1) {
        const answer = await followed(request);
        if (answer.status < 500 || left <= 1) return answer;
      }
    },
  };
}

async function followed(request: UpstreamRequest): Promise<UpstreamAnswer> {
  let { url, headers = {} } = request;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const response = await fetch(url, {
      method: request.method,
      headers,
      redirect: 'manual',
      signal: request.signal,
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    const location = response.headers.get('Location');
    const isRedirect = response.status >= 300 && response.status < 400 && location !== null;
    if (!isRedirect || request.follows === false) {
      return {
        status: response.status,
        headers: new Map([...response.headers].map(([name, value]) => [name.toLowerCase(), value])),
        body: new Uint8Array(await response.arrayBuffer()),
        url,
      };
    }
    const next = new URL(location, url);
    if (next.host !== new URL(url).host) {
      headers = Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'));
    }
    url = next.href;
  }
  throw new Error(`Too many redirects from ${request.url}.`);
}
