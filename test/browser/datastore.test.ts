import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import type { Browser } from 'playwright-core';
import { imageOf, randomBlob } from '../support/image.ts';
import { RegistryClient } from '../support/registry-client.ts';
import { startHavre, type RunningHavre } from '../support/server.ts';
import { expectAccessible, logIn, openBrowser, picture, visit } from './support/browser.ts';

const LAYER_BYTES = 3_000_000;

let browser: Browser;
let havre: RunningHavre;

beforeAll(async () => {
  browser = await openBrowser();
  havre = await startHavre({ env: { HAVRE_GC_GRACE_SECONDS: '0' } });
  const client = new RegistryClient(havre);
  const doomed = imageOf([randomBlob(LAYER_BYTES)]);
  await client.pushImage('team/doomed', doomed, 'v1');
  await client.pushImage('team/kept', imageOf([randomBlob(1000)]), 'v1');
  const deletion = await client.send('DELETE', `/v2/team/doomed/manifests/${doomed.manifest.digest}`);
  expect(deletion.status).toBe(202);
});
afterAll(async () => {
  await browser.close();
  await havre.stop();
});

async function storedBytes(): Promise<number> {
  const reply = await fetch(`${havre.url}/api/v1/status`, { headers: { authorization: havre.authorization } });
  return ((await reply.json()) as { storage: { bytes: number } }).storage.bytes;
}

describe('the datastore', () => {
  it('frees the bytes of a deleted image when somebody collects and empties the trash', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/datastore');
    await logIn(page, havre);
    await page.getByRole('button', { name: 'Count exactly' }).click();
    await page.getByText('Each blob once', { exact: true }).waitFor();
    expect(await storedBytes()).toBeGreaterThan(LAYER_BYTES);

    await page.getByRole('checkbox', { name: /What is in the trash goes for good/ }).check();
    await page.getByRole('button', { name: 'Dry run' }).click();
    await page.getByText('3 MB would be freed').waitFor();
    expect(await storedBytes()).toBeGreaterThan(LAYER_BYTES);

    await page.getByRole('button', { name: 'Collect now' }).click();
    const dialog = page.getByRole('alertdialog');
    expect(await dialog.getByRole('button', { name: 'Collect now' }).isDisabled()).toBe(true);
    await dialog.getByRole('textbox').fill('purge');
    await dialog.getByRole('button', { name: 'Collect now' }).click();
    await page.getByRole('status').getByText('3 MB freed').waitFor();
    expect(await storedBytes()).toBeLessThan(LAYER_BYTES);
    await page.getByRole('list').getByText('admin · 3 MB freed').waitFor();
    await expectAccessible(page);
    await picture(page, 'datastore-collected');
    visited.expectNoComplaints();
  });

  it('stops a collection, and says what that means', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    // One that takes long: nothing answers it.
    await page.route('**/api/v1/garbage-collection', () => undefined);
    await page.goto('/datastore');
    await logIn(page, havre);
    await page.getByRole('button', { name: 'Collect now' }).click();
    await page.getByRole('progressbar').waitFor();
    await expectAccessible(page);
    await picture(page, 'datastore-collecting');
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('the next run takes the rest').waitFor();
    await page.getByRole('button', { name: 'Collect now' }).waitFor();
    visited.expectNoComplaints();
  });

  it('has quotas, which are added, changed and removed', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/datastore');
    await logIn(page, havre);
    await page.getByRole('button', { name: 'Add a quota' }).click();
    await page.getByLabel('Repositories', { exact: true }).fill('team/**');
    await page.getByRole('textbox', { name: 'Bytes' }).fill('lots');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('This is no size').waitFor();
    await expectAccessible(page);
    await picture(page, 'datastore-quota');
    await page.getByRole('textbox', { name: 'Bytes' }).fill('10MB');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText(/ of 10 MB/).waitFor();

    await page.getByRole('button', { name: 'Actions for team/**' }).click();
    await page.getByRole('menuitem', { name: 'Edit' }).click();
    await page.getByRole('spinbutton', { name: 'Tags' }).fill('5');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText(/1 of 5 tags/).waitFor();

    await page.getByRole('button', { name: 'Actions for team/**' }).click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('There is no quota').waitFor();
    visited.expectNoComplaints();
  });

  it('is verified, and says what it found', async () => {
    await using visited = await visit(browser, havre.url, { language: 'fr', theme: 'dark' });
    const { page } = visited;
    await page.goto('/datastore');
    await logIn(page, havre);
    await page.getByRole('button', { name: 'Vérifier' }).click();
    await page.getByText('Tout est intact.').waitFor();
    await expectAccessible(page);
    await picture(page, 'datastore-verified');
    visited.expectNoComplaints();
  });
});
