import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import type { Browser } from 'playwright-core';
import { startHavre, type RunningHavre } from '../support/server.ts';
import { expectAccessible, logIn, openBrowser, visit } from './support/browser.ts';

const ADA = { username: 'ada', password: 'a password of ada' };

let browser: Browser;
let havre: RunningHavre;

beforeAll(async () => {
  browser = await openBrowser();
  havre = await startHavre();
  const headers = { authorization: havre.authorization, 'content-type': 'application/json' };
  const body = JSON.stringify({ name: ADA.username, password: ADA.password });
  const made = await fetch(`${havre.url}/api/v1/users`, { method: 'POST', headers, body });
  expect(made.status).toBe(201);
});
afterAll(async () => {
  await browser.close();
  await havre.stop();
});

describe('what only administrators may see', () => {
  it.each(['/activity', '/events', '/datastore', '/system'])(
    'is not shown on %s, which says whom to ask',
    async (path) => {
      await using visited = await visit(browser, havre.url);
      const { page } = visited;
      await page.goto(path);
      await logIn(page, ADA);
      expect(await page.getByRole('alert').textContent()).toContain('Ask an administrator');
      expect(await page.getByRole('main').getByRole('button').count()).toBe(0);
      expect(
        await page
          .getByRole('main')
          .getByRole('link', { name: /Export|metrics/ })
          .count(),
      ).toBe(0);
      await expectAccessible(page);
      visited.expectNoComplaints();
    },
  );

  it('is not offered beside the pages', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/');
    await logIn(page, ADA);
    await page.getByRole('link', { name: 'Repositories' }).waitFor();
    for (const name of ['Activity', 'Webhooks', 'System']) {
      expect(await page.getByRole('link', { name, exact: true }).count()).toBe(0);
    }
  });
});
