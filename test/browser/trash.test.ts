import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import type { Browser } from 'playwright-core';
import { smallImage } from '../support/filled-registry.ts';
import { RegistryClient } from '../support/registry-client.ts';
import { startHavre, type RunningHavre } from '../support/server.ts';
import { expectAccessible, logIn, openBrowser, picture, visit } from './support/browser.ts';
import { askApi } from './support/api.ts';

let browser: Browser;
let havre: RunningHavre;
let client: RegistryClient;

beforeAll(async () => {
  browser = await openBrowser();
  havre = await startHavre();
  client = new RegistryClient(havre);
  for (const repository of ['team/app', 'team/web', 'tools/lint']) {
    for (const tag of ['v1', 'v2']) await client.pushImage(repository, smallImage(), tag);
  }
});
afterAll(async () => {
  await browser.close();
  await havre.stop();
});

async function deleteTag(repository: string, tag: string): Promise<void> {
  await askApi(havre, 'POST', `/repositories/${encodeURIComponent(repository)}/deletion`, { tag });
}

describe('the trash', () => {
  it('shows what was deleted, by whom and why, and restores it', async () => {
    await deleteTag('team/app', 'v1');
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/');
    await logIn(page, havre);
    await page.getByRole('link', { name: 'Trash' }).click();
    const row = page.getByRole('row').filter({ hasText: 'team/app' });
    await row.waitFor();
    expect(await row.textContent()).toContain('team/app:v1');
    expect(await row.textContent()).toContain(`by ${havre.username}`);
    expect(await row.textContent()).toContain('in the console or by command');
    await picture(page, 'trash-one');
    await expectAccessible(page);
    await row.getByRole('button', { name: /^Actions for team\/app/ }).click();
    await page.getByRole('menuitem', { name: 'Restore' }).click();
    await page.getByRole('button', { name: 'Restore', exact: true }).click();
    const report = page.getByRole('dialog');
    await report.getByText('team/app:v1').waitFor();
    await picture(page, 'trash-restored');
    await expectAccessible(page);
    await report.getByRole('button', { name: 'Close', exact: true }).last().click();
    await page.getByText('The trash is empty').waitFor();
    expect(await client.tags('team/app')).toEqual(['v1', 'v2']);
    visited.expectNoComplaints();
  });

  it('says which tag it left as it is, because it exists again', async () => {
    await deleteTag('team/web', 'v2');
    await client.pushImage('team/web', smallImage(), 'v2');
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/trash?repository=team/web');
    await logIn(page, havre);
    await page.getByRole('checkbox', { name: /^Choose team\/web/ }).click();
    await page.getByRole('region', { name: 'Chosen entries' }).getByRole('button', { name: 'Restore' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Restore', exact: true }).click();
    await page.getByText('exists again by now, and was left as it is').waitFor();
    visited.expectNoComplaints();
  });

  it('is narrowed by what the address says, and emptied by whoever types so', async () => {
    await deleteTag('team/app', 'v2');
    await deleteTag('tools/lint', 'v2');
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/trash');
    await logIn(page, havre);
    await page.getByRole('row').filter({ hasText: 'tools/lint' }).waitFor();
    await page.getByLabel('Filter by repository').fill('tools');
    await page.getByRole('row').filter({ hasText: 'team/app' }).waitFor({ state: 'detached' });
    expect(new URL(page.url()).searchParams.get('q')).toBe('tools');
    await page.reload();
    await page.getByRole('row').filter({ hasText: 'tools/lint' }).waitFor();
    expect(await page.getByRole('row').filter({ hasText: 'team/app' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Empty the trash' }).click();
    const dialog = page.getByRole('alertdialog');
    const verb = dialog.getByRole('button', { name: 'Empty the trash' });
    expect(await verb.isDisabled()).toBe(true);
    await dialog.getByLabel('Type empty to confirm').fill('empty');
    await picture(page, 'trash-emptying');
    await verb.click();
    await page.getByText('Nothing in the trash matches').waitFor();
    expect((await askApi(havre, 'GET', '/trash'))['entries']).toEqual([]);
    visited.expectNoComplaints();
  });

  it('of one repository is for those who may delete there, and of others for nobody else', async () => {
    await deleteTag('team/web', 'v1');
    await askApi(havre, 'POST', '/users', { name: 'ada', password: 'a long enough one' });
    await askApi(havre, 'POST', '/grants', {
      to: { kind: 'user', name: 'ada' },
      pattern: 'team/**',
      actions: ['pull', 'delete'],
    });
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/trash');
    await logIn(page, { username: 'ada', password: 'a long enough one' });
    await page.getByText('Choose a repository').waitFor();
    await page.goto('/repositories/team/web');
    await page.getByRole('link', { name: 'Trash of this repository' }).click();
    await page.getByRole('row').filter({ hasText: 'team/web' }).waitFor();
    expect(await page.getByRole('button', { name: 'Empty' }).count()).toBe(0);
    await page.goto('/trash?repository=tools/lint');
    await page.getByRole('alert').waitFor();
    visited.expectNoComplaints();
  });
});
