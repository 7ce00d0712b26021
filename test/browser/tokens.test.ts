import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { imageOf, randomBlob } from '../support/image.ts';
import { RegistryClient, UnexpectedReplyError } from '../support/registry-client.ts';
import { basicAuthorization, startHavre, type RunningHavre } from '../support/server.ts';
import { expectAccessible, logIn, openBrowser, picture, visit } from './support/browser.ts';

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

const IMAGE = imageOf([randomBlob(1000)]);

function clientOf(name: string, secret: string): RegistryClient {
  return new RegistryClient({ url: havre.url, authorization: basicAuthorization(name, secret) });
}

async function refusalOf(work: Promise<unknown>): Promise<number> {
  try {
    await work;
  } catch (error) {
    if (error instanceof UnexpectedReplyError) return error.status;
    throw error;
  }
  throw new Error('it was not refused');
}

function secretOn(page: Page): Promise<string> {
  return page.getByRole('region', { name: 'Secret of the token' }).innerText();
}

describe('a token', () => {
  it('is made, used, seen to be used, and revoked', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/tokens');
    await logIn(page, havre);
    await page.getByText('No token yet').waitFor();
    await page.getByRole('button', { name: 'Create a token' }).click();
    const form = page.getByRole('dialog', { name: 'New token' });
    await form.getByRole('textbox', { name: 'Name' }).fill('ci-build');
    await form.getByRole('textbox', { name: 'Which repositories' }).fill('team/**');
    await form.getByRole('checkbox', { name: 'Push' }).check();
    await form.getByText('pull and push in everything below team/').waitFor();
    await form.getByRole('radio', { name: '30 days' }).check();
    await picture(page, 'token-form');
    await expectAccessible(page);
    await form.getByRole('button', { name: 'Create a token' }).click();

    await page.getByRole('dialog', { name: 'Token ci-build is ready' }).waitFor();
    const secret = await secretOn(page);
    await picture(page, 'token-secret');
    await expectAccessible(page);
    const client = clientOf('ci-build', secret);
    await client.pushImage('team/app', IMAGE, 'latest');
    expect(await client.tags('team/app')).toEqual(['latest']);
    expect(await refusalOf(client.openUpload('other/app'))).toBe(403);
    expect(await refusalOf(client.deleteManifest('team/app', 'latest'))).toBe(403);

    // What would be lost for good is not closed by chance.
    await page.keyboard.press('Escape');
    expect(await secretOn(page)).toBe(secret);
    await page.getByRole('button', { name: 'I have copied it' }).click();
    expect(await page.content()).not.toContain(secret);
    const row = page.getByRole('row', { name: /ci-build/ });
    expect(await row.innerText()).toMatch(/Robot[\s\S]*pull and push in everything below team\/[\s\S]*Active/);

    await row.getByRole('button', { name: 'Actions of ci-build' }).click();
    await page.getByRole('menuitem', { name: 'Revoke' }).click();
    const question = page.getByRole('alertdialog', { name: 'Revoke ci-build?' });
    await question.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('row', { name: /ci-build.*Revoked/ }).waitFor();
    expect(await refusalOf(client.pullManifest('team/app', 'latest'))).toBe(401);
    visited.expectNoComplaints();
  });

  it('gives lines to log in with, for what it is used in', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/tokens?add=token');
    await logIn(page, havre);
    await page.getByRole('textbox', { name: 'Name' }).fill('Cluster_1');
    await page.getByRole('textbox', { name: 'Which repositories' }).fill('**');
    await page.getByRole('dialog').getByRole('button', { name: 'Create a token' }).click();
    const lines = (name: string): Promise<string> => page.getByRole('region', { name, exact: true }).innerText();
    const host = new URL(havre.url).host;
    const secret = await secretOn(page);
    expect(await lines('docker')).toBe(
      `read -rs HAVRE_TOKEN\nprintf %s "$HAVRE_TOKEN" | docker login ${host} --username Cluster_1 --password-stdin`,
    );
    await page.getByRole('radio', { name: 'podman' }).check();
    expect(await lines('podman')).toContain(`| podman login ${host}`);
    await page.getByRole('radio', { name: 'GitHub Actions' }).check();
    expect(await lines('GitHub Actions')).toContain('password: ${{ secrets.HAVRE_TOKEN }}');
    await page.getByRole('radio', { name: 'GitLab CI' }).check();
    expect(await lines('GitLab CI')).toContain('--password-stdin');
    await page.getByRole('radio', { name: 'Kubernetes' }).check();
    const yaml = await lines('Kubernetes');
    expect(yaml).toContain('name: registry-secret-cluster-1');
    const kept = Bun.YAML.parse(yaml) as { readonly data: Record<string, string> };
    expect(JSON.parse(atob(kept.data['.dockerconfigjson'] ?? ''))).toEqual({
      auths: { [host]: { username: 'Cluster_1', password: secret, auth: btoa(`Cluster_1:${secret}`) } },
    });
    visited.expectNoComplaints();
  });

  it('shows its secret as soon as it is made, and nothing closes the form before', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/tokens?add=token');
    await logIn(page, havre);
    const form = page.getByRole('dialog', { name: 'New token' });
    await form.getByRole('textbox', { name: 'Name' }).fill('in-haste');
    await form.getByRole('textbox', { name: 'Which repositories' }).fill('**');
    const answer = Promise.withResolvers<void>();
    await page.route(/\/api\/v1\/tokens/, async (route) => {
      // The list never comes.
      if (route.request().method() !== 'POST') return;
      await answer.promise;
      await route.continue();
    });
    const asked = page.waitForRequest((request) => request.method() === 'POST');
    await form.getByRole('button', { name: 'Create a token' }).click();
    await asked;
    await page.keyboard.press('Escape');
    expect(await form.getByRole('button', { name: 'Cancel' }).isDisabled()).toBe(true);
    answer.resolve();
    expect(await secretOn(page)).not.toBe('');
  });

  it('is made by keyboard alone', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/tokens');
    await logIn(page, havre);
    await page.getByRole('button', { name: 'Create a token' }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'New token' });
    await dialog.waitFor();
    await tabTo(page, 'Name');
    await page.keyboard.type('by-keyboard');
    await tabTo(page, 'A robot, for itself');
    await tabTo(page, 'What I say here');
    await tabTo(page, 'Which repositories');
    await page.keyboard.type('team/app');
    await tabTo(page, 'Delete');
    await page.keyboard.press('Space');
    await tabTo(page, '90 days');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await dialog.getByText('A token that never expires works until').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Token by-keyboard is ready' }).waitFor();
    await tabTo(page, 'I have copied it');
    await page.keyboard.press('Enter');
    const row = page.getByRole('row', { name: /by-keyboard/ });
    expect(await row.innerText()).toMatch(/pull and delete in team\/app[\s\S]*Never/);
    visited.expectNoComplaints();
  });

  it('says at the field what the server refuses', async () => {
    await using visited = await visit(browser, havre.url, { language: 'fr' });
    const { page } = visited;
    await page.goto('/tokens?add=token');
    await logIn(page, havre);
    const form = page.getByRole('dialog');
    const create = form.getByRole('button', { name: 'Créer un jeton' });
    const pattern = form.getByRole('textbox', { name: 'Dépôts concernés' });
    await form.getByRole('textbox', { name: 'Nom' }).fill('not/a/name');
    await pattern.fill('Team/**');
    await create.click();
    await form.getByText('Des lettres, des chiffres et').waitFor();
    await form.getByRole('textbox', { name: 'Nom' }).fill('nom-valable');
    await create.click();
    await form.getByText('Ce motif est refusé').waitFor();
    await pattern.fill('team/**');
    await create.click();
    await page.getByRole('dialog', { name: 'Le jeton nom-valable est prêt' }).waitFor();
    visited.expectNoComplaints();
  });

  it('is found by what the address says', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    const client = new RegistryClient(havre);
    for (const name of ['find-b', 'find-a', 'lost']) {
      await client.expect(201, 'POST', '/api/v1/tokens', {
        headers: { 'content-type': 'application/json' },
        body: new TextEncoder().encode(JSON.stringify({ name, expiresAt: null })),
      });
    }
    await page.goto('/tokens?q=find&sort=name&direction=descending');
    await logIn(page, havre);
    const names = page.locator('tbody code');
    await names.first().waitFor();
    expect(await names.allInnerTexts()).toEqual(['find-b', 'find-a']);
    await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click();
    await page.waitForURL((url) => !url.searchParams.has('direction'));
    expect(await names.allInnerTexts()).toEqual(['find-a', 'find-b']);
    await page.getByRole('radio', { name: 'Revoked' }).check();
    await page.getByText('No token is like that').waitFor();
    expect(new URL(page.url()).search).toBe('?q=find&state=revoked');
    visited.expectNoComplaints();
  });
});

/** Presses Tab until something of this name has the focus: what cannot be reached so fails. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    if ((await page.evaluate(FOCUSED)) === name) return;
  }
  throw new Error(`${name} cannot be reached by keyboard`);
}

const FOCUSED = `(() => {
  const { activeElement: it } = document;
  const label = it.labels?.[0]?.textContent ?? it.getAttribute('aria-label') ?? it.textContent;
  return label.trim();
})()`;
