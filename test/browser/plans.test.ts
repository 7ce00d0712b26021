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

beforeAll(async () => {
  browser = await openBrowser();
  havre = await startHavre();
  client = new RegistryClient(havre);
  for (const tag of ['pr-1', 'pr-2', 'latest']) await client.pushImage('team/app', smallImage(), tag);
  await askApi(havre, 'POST', '/rules', { kind: 'immutable', pattern: 'team/app', tags: ['pr-2'] });
});
afterAll(async () => {
  await browser.close();
  await havre.stop();
});

async function planned(): Promise<string> {
  const { plan } = await askApi(havre, 'POST', '/plans', { repositories: 'team/app', tags: ['pr-*'] });
  return (plan as { id: string }).id;
}

describe('a plan', () => {
  it('says what goes and what keeps the rest, and is applied as it was looked at', async () => {
    const id = await planned();
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto(`/plans/${id}`);
    await logIn(page, havre);
    const rowOf = (tag: string) => page.getByRole('row').filter({ hasText: tag });
    await rowOf('pr-1').getByText('goes', { exact: true }).waitFor();
    await rowOf('pr-2').getByText('stays', { exact: true }).waitFor();
    expect(await rowOf('pr-2').textContent()).toContain('immutable');
    expect(await rowOf('latest').count()).toBe(0);
    await picture(page, 'plan-open');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Delete as planned' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete as planned' }).click();
    await page.getByRole('alertdialog').getByText('1 manifest went.').waitFor();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Close', exact: true }).last().click();
    await page.getByText('applied', { exact: true }).waitFor();
    expect((await client.tags('team/app')).toSorted()).toEqual(['latest', 'pr-2']);
    await page.getByRole('button', { name: 'Restore all of it' }).click();
    await page.getByRole('dialog').getByText('team/app:pr-1').waitFor();
    expect(await client.tags('team/app')).toHaveLength(3);
    visited.expectNoComplaints();
  });

  it('is discarded, and then nothing of it is left', async () => {
    const id = await planned();
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto(`/plans/${id}`);
    await logIn(page, havre);
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
    await page.getByText('Plan discarded').waitFor();
    await page.goto(`/plans/${id}`);
    await page.getByRole('alert').waitFor();
    expect(await client.tags('team/app')).toHaveLength(3);
    visited.expectNoComplaints();
  });

  it('that much of has changed since deletes nothing, and says what is new', async () => {
    const id = await planned();
    for (const tag of ['pr-3', 'pr-4']) await client.pushImage('team/app', smallImage(), tag);
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto(`/plans/${id}`);
    await logIn(page, havre);
    await page.getByRole('button', { name: 'Delete as planned' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete as planned' }).click();
    await page.getByRole('alertdialog').getByRole('alert').waitFor();
    await page.getByText('Not as it was planned:').waitFor();
    expect(await client.tags('team/app')).toHaveLength(5);
    visited.expectNoComplaints();
  });
});
