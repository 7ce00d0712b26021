import { expect, test } from 'bun:test';
import type { UpstreamAnswer, UpstreamRequest } from '../../egress/upstream-http.ts';
import { OciSession } from './oci-session.ts';
import { tryPush } from './trials.ts';

const ORIGIN = 'https://registry.example.org';

/** A registry that opens uploads at a place of its choice, and where it was called. */
async function placesOfUpload(location: string): Promise<readonly string[]> {
  const asked: string[] = [];
  const send = async ({ method, url, headers = {} }: UpstreamRequest): Promise<UpstreamAnswer> => {
    const isKnown = headers['Authorization'] !== undefined;
    if (isKnown) asked.push(`${method} ${url}`);
    const said = isKnown ? (['location', location] as const) : (['www-authenticate', 'Basic realm="r"'] as const);
    return { status: isKnown ? 202 : 401, headers: new Map([said]), body: new Uint8Array(), url };
  };
  const session = new OciSession({
    name: 'registry.example.org',
    origin: ORIGIN,
    login: async () => ({ username: 'ship', password: 'cargo-of-the-ship' }),
    tools: { http: { send }, now: () => 0 },
  });
  await tryPush({ session, repository: 'team/app', signal: new AbortController().signal });
  return asked;
}

test.each([
  'https://proxy.example.net/v2/upload/1?state=a',
  'https://proxy.example.net//evil.example.net/v2/upload/1?state=a',
  String.raw`https://proxy.example.net/\evil.example.net/v2/upload/1?state=a`,
  '//evil.example.net/v2/upload/1?state=a',
  '////evil.example.net/v2/upload/1?state=a',
  'http://registry.example.org//evil.example.net/v2/upload/1?state=a',
])('an upload at %s is sent to the registry, with its password, and nowhere else', async (location) => {
  const asked = await placesOfUpload(location);
  expect(asked).toHaveLength(2);
  expect(asked.map((line) => new URL(line.split(' ')[1] ?? '').origin)).toEqual([ORIGIN, ORIGIN]);
  expect(asked[1]).toEndWith('/v2/upload/1?state=a');
});
