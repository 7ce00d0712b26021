import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { smallImage } from '../support/filled-registry.ts';
import { contentOf, IMAGE_LAYER, imageOf } from '../support/image.ts';
import { RegistryClient } from '../support/registry-client.ts';
import { startHavre, type RunningHavre } from '../support/server.ts';
import { expectAccessible, logIn, openBrowser, picture, visit } from './support/browser.ts';
import { pushApp, type PushedApp } from './support/content.ts';

let browser: Browser;
let havre: RunningHavre;
let app: PushedApp;

beforeAll(async () => {
  browser = await openBrowser();
  havre = await startHavre();
});
afterAll(async () => {
  await browser.close();
  await havre.stop();
});

describe('the console', () => {
  it('teaches the first push, and shows it when it arrives', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/');
    await logIn(page, havre);
    await page.getByText(`docker push 127.0.0.1:${havre.port}/team/alpine:latest`).waitFor();
    app = await pushApp(havre);
    await page.getByRole('link', { name: 'team/app' }).waitFor();
    visited.expectNoComplaints();
  });

  it('leads from the repositories to a tag and what it is made of', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/repositories');
    await logIn(page, havre);
    await page.getByRole('link', { name: 'team/app' }).click();
    await page.getByRole('link', { name: '1.0', exact: true }).waitFor();
    await picture(page, 'repository');
    await expectAccessible(page);
    await page.getByRole('link', { name: '1.0', exact: true }).click();
    await page.getByText('MODE=production').waitFor();
    await picture(page, 'image-config');
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Layers' }).click();
    await page.getByText('RUN make install').waitFor();
    await picture(page, 'image-layers');
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Manifest' }).click();
    await page.getByText(app.image.mediaType).first().waitFor();
    expect(new URL(page.url()).searchParams.get('view')).toBe('manifest');
    visited.expectNoComplaints();
  });

  it('shows the platforms of an index, and what refers to it', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/images/team/app:latest');
    await logIn(page, havre);
    await page.getByRole('link', { name: 'linux/arm64' }).waitFor();
    await picture(page, 'image-platforms');
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Signatures and more' }).click();
    await page.getByRole('link', { name: 'Signature', exact: true }).waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Platforms' }).click();
    await page.getByRole('link', { name: 'linux/amd64' }).click();
    await page.getByRole('heading', { name: `team/app@${app.image.digest}` }).waitFor();
    visited.expectNoComplaints();
  });

  it('keeps filter and order in the address, and in the way back', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/repositories/team/app?q=pr-&sort=name&direction=descending');
    await logIn(page, havre);
    await page.getByRole('link', { name: 'pr-2' }).waitFor();
    const names = await page.locator('tbody a').allTextContents();
    expect(names).toEqual(['pr-2', 'pr-1']);
    await page.getByRole('link', { name: 'pr-1' }).click();
    await page.getByRole('heading', { name: 'team/app:pr-1' }).waitFor();
    await page.goBack();
    await page.getByRole('link', { name: 'pr-2' }).waitFor();
    expect(await page.getByRole('searchbox').inputValue()).toBe('pr-');
    visited.expectNoComplaints();
  });

  it('says what goes with the tags that are deleted, and brings them back', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    const client = new RegistryClient(havre);
    await page.goto('/repositories/team/app?q=pr-');
    await logIn(page, havre);
    await page.getByRole('checkbox', { name: 'Choose pr-1' }).check();
    await page.getByRole('checkbox', { name: 'Choose pr-2' }).check();
    await page.getByText('2 tags chosen').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('alertdialog').getByText('pr-1').waitFor();
    await expectAccessible(page);
    await picture(page, 'delete-tags');
    await page.getByRole('button', { name: 'Delete 2 tags' }).click();
    await page.getByText('2 tags deleted').waitFor();
    expect(await client.tags('team/app')).not.toContain('pr-1');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('link', { name: 'pr-2' }).waitFor();
    expect(await client.tags('team/app')).toEqual(expect.arrayContaining(['pr-1', 'pr-2']));
    visited.expectNoComplaints();
  });

  it('sets a tag back to where it was', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    const client = new RegistryClient(havre);
    const [first, second] = [smallImage(), smallImage()];
    await client.pushImage('team/moved', first, 'latest');
    await client.pushImage('team/moved', second, 'latest');
    await page.goto('/images/team/moved:latest?view=history');
    await logIn(page, havre);
    await page.getByRole('button', { name: 'Set the tag back here' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Set the tag back here' }).click();
    await page.getByText('latest was set back').waitFor();
    const now = await client.expect(200, 'HEAD', '/v2/team/moved/manifests/latest');
    expect(now.headers.get('docker-content-digest')).toBe(first.manifest.digest);
    visited.expectNoComplaints();
  });

  it('compares two tags that are chosen', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/repositories/team/app?sort=name');
    await logIn(page, havre);
    await page.getByRole('checkbox', { name: 'Choose 1.0' }).check();
    await page.getByRole('checkbox', { name: 'Choose 1.1' }).check();
    await page.getByRole('link', { name: 'Compare' }).click();
    await page.getByRole('cell', { name: 'production', exact: true }).waitFor();
    expect(await page.getByText('only in the first').count()).toBe(2);
    await picture(page, 'comparison');
    await expectAccessible(page);
    visited.expectNoComplaints();
  });

  it('looks into a layer, and says of one that is no archive that it is none', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    const archive = Bun.spawnSync(['tar', '-C', import.meta.dir, '-cf', '-', 'support/content.ts']);
    const client = new RegistryClient(havre);
    const readable = imageOf([contentOf(IMAGE_LAYER, new Uint8Array(archive.stdout))]);
    await client.pushImage('team/files', readable, 'tar');
    await page.goto('/images/team/files:tar?view=layers');
    await logIn(page, havre);
    await page.getByRole('link', { name: 'Files of the layer' }).click();
    await page.getByText('support/content.ts').waitFor();
    await picture(page, 'layer');
    await expectAccessible(page);
    await page.goto('/images/team/app:1.1?view=layers');
    await page.getByRole('link', { name: 'Files of the layer' }).click();
    await page.getByText('It is no archive').waitFor();
    visited.expectNoComplaints();
  });

  it('chooses nothing in a repository because it was chosen in another', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await new RegistryClient(havre).pushImage('team/other', smallImage(), 'latest');
    await page.goto('/repositories/team/other');
    await logIn(page, havre);
    await page.getByRole('checkbox', { name: 'Choose latest' }).waitFor();
    await goByPalette(page, 'team/app');
    await page.getByRole('checkbox', { name: 'Choose latest' }).check();
    await goByPalette(page, 'team/other');
    await page.getByRole('heading', { name: 'team/other' }).waitFor();
    expect(await page.getByRole('checkbox', { name: 'Choose latest' }).isChecked()).toBe(false);
    expect(await page.getByText('1 tag chosen').count()).toBe(0);
    visited.expectNoComplaints();
  });

  it('says of a repository that is not there that it is not', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/repositories/team/nothing');
    await logIn(page, havre);
    await page.getByRole('alert').waitFor();
    await expectAccessible(page);
    visited.expectNoComplaints();
  });
});

async function goByPalette(page: Page, name: string): Promise<void> {
  await page.keyboard.press('Control+K');
  await page.keyboard.type(name);
  await page.getByRole('option', { name }).first().click();
  await page.getByRole('heading', { name, exact: true }).waitFor();
}
