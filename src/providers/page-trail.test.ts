import { expect, test } from 'bun:test';
import { HubApi } from './docker-hub/hub-api.ts';
import { imagesOf } from './docker-hub/lists.ts';
import { PageTrail } from './page-trail.ts';
import { parseRegistryUrl } from './registry-url.ts';

test('pages that go in a circle are not followed for ever', () => {
  const trail = new PageTrail('Registry');
  expect([trail.follow('a'), trail.follow('b'), trail.follow(undefined)]).toEqual(['a', 'b', undefined]);
  expect(() => trail.follow('a')).toThrow('Registry: the pages of its list do not end.');
});

test('pages that never end are not followed for ever', () => {
  const trail = new PageTrail('Registry');
  expect(() => {
    for (let page = 0; ; page += 1) trail.follow(String(page));
  }).toThrow('do not end');
});

test('a registry that gives the same page again and again is left', async () => {
  let pages = 0;
  const send = async ({ url }: { readonly url: string }) => {
    pages += 1;
    const body = Buffer.from(JSON.stringify({ next: 'https://hub.docker.com/?page=2', results: [] }));
    return { status: 200, headers: new Map<string, string>(), body, url };
  };
  const target = { url: parseRegistryUrl('docker.io'), form: 'password', username: '', secret: '', fields: {} };
  const places = { api: 'https://hub.docker.com', registry: 'https://r.example.org', auth: 'https://a.example.org' };
  const api = new HubApi({ target, tools: { http: { send }, now: () => 0 }, places });
  const images = imagesOf(api, 'team/app', new AbortController().signal);
  expect(await Array.fromAsync(images).catch((error: unknown) => error)).toMatchObject({ diagnosis: 'malformed' });
  expect(pages).toBe(2);
});
