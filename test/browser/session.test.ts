import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import type { Browser } from 'playwright-core';
import { startHavre, type RunningHavre } from '../support/server.ts';
import { logIn, openBrowser, visit } from './support/browser.ts';

let browser: Browser;
let havre: RunningHavre;

beforeAll(async () => {
  browser = await openBrowser();
  havre = await startHavre();
});
afterAll(async () => {
  await browser.close();
  await havre.stop();
});

describe('a session', () => {
  it('begins on the page that was asked for, and ends with the menu', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/docker');
    await logIn(page, havre);
    await page.getByRole('heading', { name: 'Docker registries' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/docker');
    await page.getByRole('button', { name: `Account of ${havre.username}` }).click();
    await page.getByRole('menuitem', { name: 'Log out' }).click();
    await page.locator('input[name=username]').waitFor();
    await page.reload();
    await page.locator('input[name=username]').waitFor();
    visited.expectNoComplaints();
  });

  it('says what is wrong with a password, in the language of the page', async () => {
    await using visited = await visit(browser, havre.url, { language: 'fr' });
    const { page } = visited;
    await page.goto('/');
    await page.locator('input[name=username]').fill(havre.username);
    await page.locator('input[name=password]').fill('not this one');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('alert').textContent()).toContain('ne vont pas ensemble');
    expect(await page.locator('#main').count()).toBe(0);
    visited.expectNoComplaints();
  });

  it('shows no secret to scripts', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/');
    await logIn(page, havre);
    expect(await page.evaluate('document.cookie')).toBe('');
    const kept = await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])');
    expect(kept).not.toContain(havre.password);
  });

  it('that ended elsewhere shows the login, and goes on where it was', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/');
    await logIn(page, havre);
    await page.context().clearCookies();
    await page.getByRole('link', { name: 'Repositories' }).click();
    await page.locator('input[name=username]').waitFor();
    await logIn(page, havre);
    await page.getByRole('heading', { name: 'Repositories' }).waitFor();
    visited.expectNoComplaints();
  });

  it('keeps the language and the theme that were chosen', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/');
    await logIn(page, havre);
    await page.getByRole('button', { name: 'Switch to the dark theme' }).click();
    await page.getByRole('button', { name: `Account of ${havre.username}` }).click();
    await page.getByRole('menuitem', { name: 'Français' }).click();
    await page.getByRole('heading', { name: "Vue d'ensemble" }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: "Vue d'ensemble" }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('fr');
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    visited.expectNoComplaints();
  });
});
