import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import type { Browser } from 'playwright-core';
import { startHavre, type RunningHavre } from '../support/server.ts';
import { expectAccessible, logIn, openBrowser, picture, visit } from './support/browser.ts';

let browser: Browser;
let havre: RunningHavre;

beforeAll(async () => {
  browser = await openBrowser();
  havre = await startHavre({
    env: { HAVRE_SHARED_REGISTRIES_REGIONS: 'GRA=registry.gra.ai.cloud.ovh.net/pn-123456' },
  });
});
afterAll(async () => {
  await browser.close();
  await havre.stop();
});

const PAGES = [
  { name: 'home', path: '/' },
  { name: 'datastore', path: '/datastore' },
  { name: 'docker', path: '/docker' },
  { name: 'docker-new', path: '/docker/new?kind=ecr' },
  { name: 'tokens', path: '/tokens' },
  { name: 'new-token', path: '/tokens?add=token' },
  { name: 'users', path: '/users' },
  { name: 'new-user', path: '/users?add=user' },
  { name: 'new-grant', path: '/users?add=grant' },
  { name: 'rights', path: '/users?person=admin' },
  { name: 'account', path: '/account' },
  { name: 'repositories', path: '/repositories' },
  { name: 'git', path: '/git' },
  { name: 'activity', path: '/activity' },
  { name: 'events', path: '/events' },
  { name: 'system', path: '/system' },
  { name: 'trash', path: '/trash' },
  { name: 'policies', path: '/policies' },
  { name: 'new-policy', path: '/policies/new' },
  { name: 'nowhere', path: '/nowhere' },
];

describe.each([
  { language: 'fr', theme: 'light', viewport: 'desktop' },
  { language: 'fr', theme: 'dark', viewport: 'phone' },
  { language: 'en', theme: 'dark', viewport: 'desktop' },
  { language: 'en', theme: 'light', viewport: 'phone' },
] as const)('in $language, $theme, on a $viewport', (look) => {
  const suffix = `${look.language}-${look.theme}-${look.viewport}`;

  it('every page is sound', async () => {
    await using visited = await visit(browser, havre.url, look);
    const { page } = visited;
    await page.goto('/docker');
    await page.locator('input[name=username]').waitFor();
    await picture(page, `login-${suffix}`);
    await expectAccessible(page);
    await logIn(page, havre);
    for (const { name, path } of PAGES) {
      await page.goto(path);
      await page.locator('h1').waitFor();
      await page.waitForLoadState('networkidle');
      await picture(page, `${name}-${suffix}`);
      await expectAccessible(page);
      expect({ name, isWide: await page.evaluate('document.documentElement.scrollWidth > innerWidth') }).toEqual({
        name,
        isWide: false,
      });
    }
    visited.expectNoComplaints();
  });
});
