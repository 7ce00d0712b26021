import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import type { Browser } from 'playwright-core';
import { imageOf, randomBlob } from '../support/image.ts';
import { RegistryClient } from '../support/registry-client.ts';
import { startHavre, type RunningHavre } from '../support/server.ts';
import { askApi } from './support/api.ts';
import { expectAccessible, logIn, openBrowser, picture, visit } from './support/browser.ts';

let browser: Browser;
let havre: RunningHavre;
let admin: RegistryClient;

beforeAll(async () => {
  browser = await openBrowser();
  havre = await startHavre();
  admin = new RegistryClient(havre);
});
afterAll(async () => {
  await browser.close();
  await havre.stop();
});

const PASSWORD = 'a long enough password';

async function personWith(name: string, pattern: string, actions: readonly string[]) {
  await askApi(havre, 'POST', '/users', { name, password: PASSWORD });
  await askApi(havre, 'POST', '/grants', { to: { kind: 'user', name }, pattern, actions });
  return { username: name, password: PASSWORD };
}

describe('the overview of somebody who may see some repositories', () => {
  it('offers no push to who may only pull, and shows what they have once it is there', async () => {
    const reader = await personWith('reader', 'team/**', ['pull']);
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/');
    await logIn(page, reader);
    await page.getByText('There is nothing here yet that you may see').waitFor();
    expect(await page.getByText('docker push').count()).toBe(0);
    await expectAccessible(page);
    for (const name of ['secret/app', 'team/older']) await admin.pushImage(name, imageOf([randomBlob(1000)]), 'latest');
    await page.getByRole('link', { name: 'team/older' }).waitFor();
    await admin.pushImage('team/newer', imageOf([randomBlob(1000)]), 'latest');
    await page.reload();
    await page.getByRole('link', { name: 'team/newer' }).waitFor();
    expect(await page.locator('tbody a').allTextContents()).toEqual(['team/newer', 'team/older']);
    await picture(page, 'overview-of-reader');
    await expectAccessible(page);
    visited.expectNoComplaints();
  });

  it('teaches the first push where they may push', async () => {
    const writer = await personWith('writer', 'dev/*', ['pull', 'push']);
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/');
    await logIn(page, writer);
    await page.getByText(`docker push 127.0.0.1:${havre.port}/dev/alpine:latest`).waitFor();
    visited.expectNoComplaints();
  });
});
