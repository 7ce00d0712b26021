import { basicOf, type FakeRequest, startFake } from '../fakes/fake.ts';

/** Ways in which a registry, or what is before it, repeats what it was sent. */
export const ECHOES = [
  'as it was sent',
  'without the scheme',
  'in the clear',
  'as JSON in JSON',
  'in part',
  'as plain text',
  'as a page',
  'in headers',
  'in a challenge',
  'in a redirect',
  'with 200',
  // The last: whoever gets it too often asks no more.
  'with 500',
] as const;

type Way = (typeof ECHOES)[number];

export interface Echo extends AsyncDisposable {
  readonly url: string;
  way: Way;
  /** How often somebody's secret was repeated. */
  readonly repeated: number;
}

/** A registry that knows nobody, and says whom. */
export function startEcho(): Echo {
  let repeated = 0;
  const fake = startFake((request) => {
    const authorization = request.headers.get('Authorization');
    if (authorization === null) return refusal('who are you?', { 'WWW-Authenticate': 'Basic realm="echo"' });
    repeated += 1;
    return replyTo(request, authorization, echo.way);
  });
  const echo: Echo = {
    url: fake.url,
    way: 'as it was sent',
    get repeated() {
      return repeated;
    },
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  };
  return echo;
}

function replyTo(request: FakeRequest, authorization: string, way: Way): Response {
  const { username = '', secret = '' } = basicOf(request) ?? {};
  const encoded = encodeURIComponent(secret);
  switch (way) {
    case 'as it was sent':
      return refusal(`no such login: ${authorization}`);
    case 'without the scheme':
      return refusal(`no such login: ${authorization.replace(/^\S+ /, '')}`);
    case 'in the clear':
      return refusal(`no such login: ${username}:${secret}`);
    case 'as JSON in JSON':
      return refusal(JSON.stringify({ login: { username, secret } }));
    case 'in part':
      return refusal(`no such key: ${/"private_key": ?"([^"]+)"/.exec(secret)?.[1] ?? secret}`);
    case 'as plain text':
      return new Response(`no such login: ${username} ${secret} ${encoded}`, { status: 403 });
    case 'as a page':
      return new Response(`<html><title>${secret}</title>`, { status: 403, headers: { 'Content-Type': 'text/html' } });
    case 'in headers':
      return refusal('no', { 'X-Login': authorization, 'Docker-Distribution-Api-Version': encoded });
    case 'in a challenge':
      return refusal('no', { 'WWW-Authenticate': `Basic realm="${encoded}", error="${authorization}"` });
    case 'in a redirect':
      return new Response(null, { status: 302, headers: { Location: `http://127.0.0.2:8443/${encoded}?${encoded}` } });
    case 'with 500':
      return Response.json({ code: secret, message: secret, detail: authorization }, { status: 500 });
    case 'with 200':
      // What it has as a manifest is shown as it is.
      if (request.path.includes('/manifests/')) return refusal('no');
      return Response.json({ login: secret, tags: secret, repositories: authorization });
  }
}

function refusal(message: string, headers: Record<string, string> = {}): Response {
  return Response.json({ errors: [{ code: 'UNAUTHORIZED', message, detail: message }] }, { status: 401, headers });
}
