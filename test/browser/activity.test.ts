import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import type { Browser } from 'playwright-core';
import { imageOf, randomBlob } from '../support/image.ts';
import { RegistryClient } from '../support/registry-client.ts';
import { startHavre, type RunningHavre } from '../support/server.ts';
import { expectAccessible, logIn, openBrowser, picture, visit } from './support/browser.ts';

let browser: Browser;
let havre: RunningHavre;

beforeAll(async () => {
  browser = await openBrowser();
  havre = await startHavre();
  await new RegistryClient(havre).pushImage('team/app', imageOf([randomBlob(1000)]), 'v1');
});
afterAll(async () => {
  await browser.close();
  await havre.stop();
});

describe('the activity', () => {
  it('has a login and a push, found by filters that the address keeps', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/activity?action=session.*');
    await logIn(page, havre);
    const row = page.getByRole('row').filter({ hasText: 'session.begun' }).first();
    expect(await row.textContent()).toContain(havre.username);
    expect(await page.getByRole('row').filter({ hasText: 'manifest.pushed' }).count()).toBe(0);

    await page.getByRole('button', { name: 'Remove the filter' }).click();
    await page.getByRole('searchbox', { name: 'Repository' }).fill('team/app');
    await page.getByRole('row').filter({ hasText: 'session.begun' }).first().waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'tag.created' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.textContent()).toContain('team/app');
    await expectAccessible(page);
    await picture(page, 'activity-dialog');
    await dialog.getByRole('link', { name: 'All of tag.created' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.waitForURL('**/activity?action=tag.created');
    await page.getByRole('row').filter({ hasText: 'team/app:v1' }).waitFor();
    visited.expectNoComplaints();
  });

  it('is verified, and exported with the same filter', async () => {
    await using visited = await visit(browser, havre.url, { language: 'fr' });
    const { page } = visited;
    await page.goto('/activity?action=manifest.pushed');
    await logIn(page, havre);
    await page.getByRole('button', { name: 'Vérifier la chaîne' }).click();
    await page.getByText('La chaîne est intacte').waitFor();
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Exporter en lignes JSON' }).click();
    const exported = await Bun.file(await (await downloading).path()).text();
    const actions = exported
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { action: string }).action);
    expect(actions).toEqual(['manifest.pushed']);
    await expectAccessible(page);
    await picture(page, 'activity-verified');
    visited.expectNoComplaints();
  });
});
