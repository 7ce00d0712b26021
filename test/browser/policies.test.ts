import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import type { Browser } from 'playwright-core';
import { smallImage } from '../support/filled-registry.ts';
import { RegistryClient } from '../support/registry-client.ts';
import { startHavre, type RunningHavre } from '../support/server.ts';
import { askApi } from './support/api.ts';
import { expectAccessible, logIn, openBrowser, picture, visit } from './support/browser.ts';

let browser: Browser;
let havre: RunningHavre;
let client: RegistryClient;

const TAGS = Array.from({ length: 12 }, (_, index) => `v${index + 1}`);

beforeAll(async () => {
  browser = await openBrowser();
  havre = await startHavre();
  client = new RegistryClient(havre);
  for (const tag of TAGS) await client.pushImage('team/app', smallImage(), tag);
});
afterAll(async () => {
  await browser.close();
  await havre.stop();
});

describe('a policy', () => {
  it('is written from a preset, shows on real images what it would do, runs, and is undone', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/policies');
    await logIn(page, havre);
    await page.getByText('There is no policy yet').waitFor();
    await page.getByRole('link', { name: 'New policy' }).first().click();
    await page.getByRole('combobox', { name: 'Start from' }).click();
    await page.getByRole('option', { name: /^AWS ECR: ten versions/ }).click();
    const preview = page.getByRole('table', { name: 'What it would do now' });
    await preview.getByText('v1', { exact: true }).waitFor();
    const rows = preview.getByRole('row').filter({ hasText: 'team/app' });
    expect(await rows.count()).toBe(2);
    expect(await preview.getByText('v2', { exact: true }).count()).toBe(1);
    await page.getByRole('button', { name: 'Every image' }).click();
    const every = page.getByRole('table', { name: 'Every image' });
    await every.getByText('v12', { exact: true }).waitFor();
    expect(await every.getByText('stays', { exact: true }).count()).toBe(10);
    expect(await client.tags('team/app')).toHaveLength(12);
    await page.getByLabel('Name', { exact: true }).fill('versions');
    await picture(page, 'policy-new');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Create the policy' }).click();
    await page.getByText('It has not run yet').waitFor();
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Run now' }).click();
    await page.getByText('2 manifests went.').waitFor();
    await picture(page, 'policy-ran');
    await expectAccessible(page);
    expect((await client.tags('team/app')).toSorted()).toEqual(TAGS.slice(2).toSorted());
    await page.getByRole('link', { name: 'See the plan, image by image' }).click();
    await page.getByText('applied', { exact: true }).waitFor();
    await picture(page, 'plan-applied');
    await expectAccessible(page);
    await page.getByRole('link', { name: 'What it deleted, in the trash' }).click();
    await page.getByRole('row').filter({ hasText: 'by a policy' }).first().waitFor();
    await page.goBack();
    await page.getByRole('button', { name: 'Restore all of it' }).click();
    await page.getByText('2 tags are back:').waitFor();
    expect(await client.tags('team/app')).toHaveLength(12);
    visited.expectNoComplaints();
  });

  it('says what is wrong with its document as it is typed', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/policies/new');
    await logIn(page, havre);
    await page.getByLabel('Document').fill('mode: sometimes\nrules: []\n');
    await page.getByText('mode', { exact: true }).waitFor();
    await picture(page, 'policy-wrong');
    await expectAccessible(page);
    visited.expectNoComplaints();
  });

  it('is tried, switched off, and deleted', async () => {
    await askApi(havre, 'POST', '/policies', {
      name: 'nightly',
      kind: 'native',
      patterns: ['team/**'],
      document: 'mode: keep-wins\nrules:\n  - name: few\n    action: expire\n    beyondNewest: 3\n',
      schedule: '30 3 * * *',
      timeZone: 'Europe/Paris',
    });
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/policies');
    await logIn(page, havre);
    const row = page.getByRole('row').filter({ hasText: 'nightly' });
    await row.getByText('every day at 03:30 (Europe/Paris)').waitFor();
    await picture(page, 'policies-list');
    const choose = async (name: string): Promise<void> => {
      await row.getByRole('button', { name: 'Actions for nightly' }).click();
      await page.getByRole('menuitem', { name }).click();
    };
    await choose('Dry run');
    await page.getByRole('dialog').getByRole('button', { name: 'Dry run' }).click();
    await page.getByText('9 manifests would go.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click();
    expect(await client.tags('team/app')).toHaveLength(12);
    await row.getByText('9 manifests would go').waitFor();
    await choose('Switch off');
    await page.getByRole('dialog').getByRole('button', { name: 'Switch off' }).click();
    await row.getByText('off', { exact: true }).waitFor();
    await choose('Delete');
    await page.getByLabel('Type nightly to confirm').fill('nightly');
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    await row.waitFor({ state: 'detached' });
    visited.expectNoComplaints();
  });

  it('is whole on a phone, in French and in the dark', async () => {
    const document = 'mode: keep-wins\nrules:\n  - name: few\n    action: expire\n    beyondNewest: 3\n';
    await askApi(havre, 'POST', '/policies', { name: 'weekly', kind: 'native', patterns: ['team/**'], document });
    await using visited = await visit(browser, havre.url, { language: 'fr', theme: 'dark', viewport: 'phone' });
    const { page } = visited;
    await page.goto('/policies/weekly');
    await logIn(page, havre);
    await page.getByRole('button', { name: 'Toutes les images' }).click();
    await page.getByRole('table', { name: 'Toutes les images' }).getByText('v12', { exact: true }).waitFor();
    await picture(page, 'policy-fr-dark-phone');
    await expectAccessible(page);
    expect(await page.evaluate('document.documentElement.scrollWidth > innerWidth')).toBe(false);
    visited.expectNoComplaints();
  });
});
