import { existsSync, renameSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import type { Browser } from 'playwright-core';
import { startHavre, type RunningHavre } from '../support/server.ts';
import { expectAccessible, logIn, openBrowser, picture, visit } from './support/browser.ts';

let browser: Browser;
let havre: RunningHavre;
let upstream: ReturnType<typeof openUpstream>;

beforeAll(async () => {
  browser = await openBrowser();
  upstream = openUpstream();
  havre = await startHavre({ env: { HAVRE_EGRESS_ALLOW: '127.0.0.0/8' } });
});
afterAll(async () => {
  await browser.close();
  await havre.stop();
  await upstream.stop(true);
});

/** A registry that lets others ask a hundred times, of which ten are left. */
function openUpstream() {
  const headers = { 'RateLimit-Limit': '100;w=21600', 'RateLimit-Remaining': '10;w=21600' };
  return Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => Response.json({ repositories: [] }, { headers }) });
}

async function post(path: string, said: object): Promise<{ readonly registry: { readonly id: string } }> {
  const headers = { authorization: havre.authorization, 'content-type': 'application/json' };
  const reply = await fetch(`${havre.url}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(said) });
  expect(reply.ok).toBe(true);
  return (await reply.json()) as { readonly registry: { readonly id: string } };
}

describe('the system', () => {
  it('says what runs, how its parts are, and what other registries still allow', async () => {
    const url = `http://127.0.0.1:${upstream.port}`;
    const { registry } = await post('/registries', {
      project: 'pn-1',
      name: 'elsewhere',
      url,
      username: 'a',
      secret: 'b',
    });
    await post(`/registries/${registry.id}/test`, {});

    await using visited = await visit(browser, havre.url, { theme: 'dark' });
    const { page } = visited;
    await page.goto('/system');
    await logIn(page, havre);
    await page.getByText('10 of 100 left').waitFor();
    expect(await page.getByText('works', { exact: true }).count()).toBe(2);
    expect(await page.getByRole('main').textContent()).toContain('0.1.0');
    await expectAccessible(page);
    await picture(page, 'system-upstreams');
    visited.expectNoComplaints();
  });

  it('says which part does not work, and why', async () => {
    await using visited = await visit(browser, havre.url, { language: 'fr' });
    const { page } = visited;
    await page.goto('/system');
    await logIn(page, havre);
    await page.getByText('Stockage', { exact: true }).waitFor();
    const elsewhere = `${havre.data}.elsewhere`;
    renameSync(havre.data, elsewhere);
    try {
      await page.reload();
      await page.getByText('en panne').waitFor();
      await picture(page, 'system-broken');
    } finally {
      renameSync(elsewhere, havre.data);
    }
    expect(existsSync(havre.data)).toBe(true);
    await page.reload();
    await page.getByText('fonctionne').nth(1).waitFor();
    visited.expectNoComplaints();
  });
});
