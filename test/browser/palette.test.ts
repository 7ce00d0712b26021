import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import type { Browser } from 'playwright-core';
import { startHavre, type RunningHavre } from '../support/server.ts';
import { expectAccessible, logIn, openBrowser, picture, visit } from './support/browser.ts';
import { pushApp, type PushedApp } from './support/content.ts';

let browser: Browser;
let havre: RunningHavre;
let app: PushedApp;

beforeAll(async () => {
  browser = await openBrowser();
  havre = await startHavre();
  app = await pushApp(havre);
});
afterAll(async () => {
  await browser.close();
  await havre.stop();
});

describe('the search over everything', () => {
  it('finds a repository, a tag and a digest by keyboard alone', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/docker');
    await logIn(page, havre);
    const wanted = [
      { typed: 'team/a', option: 'team/app', heading: 'team/app' },
      { typed: 'team/app:1.1', option: 'team/app:1.1', heading: 'team/app:1.1' },
      { typed: app.index.digest.slice(0, 20), option: app.index.digest, heading: `team/app@${app.index.digest}` },
    ];
    for (const { typed, option, heading } of wanted) {
      await page.keyboard.press('Control+K');
      await page.keyboard.type(typed);
      await page.getByRole('option', { name: option }).first().waitFor();
      await expectAccessible(page);
      await picture(page, 'palette');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: heading, exact: true }).waitFor();
    }
    visited.expectNoComplaints();
  });

  it('leads to pages by their names, and closes with Escape', async () => {
    await using visited = await visit(browser, havre.url, { language: 'fr', theme: 'dark', viewport: 'phone' });
    const { page } = visited;
    await page.goto('/docker');
    await logIn(page, havre);
    await page.getByRole('button', { name: 'Rechercher partout' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('option').first().waitFor({ state: 'detached' });
    await page.keyboard.press('Control+K');
    await page.keyboard.type('dépô');
    await page.getByRole('option', { name: 'Dépôts' }).click();
    await page.getByRole('heading', { name: 'Dépôts' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/repositories');
    visited.expectNoComplaints();
  });
});
