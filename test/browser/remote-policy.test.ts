import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import type { Browser } from 'playwright-core';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.ts';
import { descriptorOf, documentOf, IMAGE_CONFIG, imageOf, randomBlob, type Image } from '../support/image.ts';
import { RegistryClient } from '../support/registry-client.ts';
import { basicAuthorization, startHavre, type RunningHavre } from '../support/server.ts';
import { askApi } from './support/api.ts';
import { expectAccessible, logIn, openBrowser, picture, visit } from './support/browser.ts';

const BOB = { username: 'bob', password: 'the secret of bob' };
const VIEWER = { username: 'viewer', password: 'a password for looking' };

let browser: Browser;
let havre: RunningHavre;
let other: DockerRegistry;
let client: RegistryClient;

beforeAll(async () => {
  browser = await openBrowser();
  other = await startDockerRegistry({ login: BOB, deletes: true });
  havre = await startHavre({ env: { HAVRE_EGRESS_ALLOW: '127.0.0.0/8' } });
  client = new RegistryClient({ url: other.url, authorization: basicAuthorization(BOB.username, BOB.password) });
  for (const tag of ['pr-1', 'latest']) await client.pushImage('team/app', datedImage(), tag);
  const said = { project: 'pn-1', name: 'Build cache', url: other.url, username: BOB.username, secret: BOB.password };
  const { registry } = await askApi(havre, 'POST', '/registries', said);
  await askApi(havre, 'POST', '/policies', {
    name: 'caches',
    registry: (registry as { id: string }).id,
    kind: 'native',
    patterns: ['**'],
    document: "mode: ecr\nrules:\n  - name: builds\n    action: expire\n    select: { globs: ['pr-*'] }\n",
  });
  await askApi(havre, 'POST', '/users', { name: VIEWER.username, password: VIEWER.password });
  const to = { kind: 'user', name: VIEWER.username };
  await askApi(havre, 'POST', '/grants', { to, pattern: 'pn-1', actions: ['registries:read'] });
});
afterAll(async () => {
  await browser.close();
  await havre.stop();
  await other[Symbol.asyncDispose]();
});

/** A plain registry does not say when something was pushed: only what has a date itself may go. */
function datedImage(): Image {
  const layer = randomBlob(2000);
  const config = documentOf(IMAGE_CONFIG, { architecture: 'amd64', os: 'linux', created: '2026-01-02T03:04:05Z' });
  const { manifest } = imageOf([layer], { config: descriptorOf(config) });
  return { manifest, blobs: [config, layer] };
}

describe('a policy for another registry', () => {
  it('is seen, and not offered to be run, by whoever may only look', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/policies');
    await logIn(page, VIEWER);
    await page.getByRole('row').filter({ hasText: 'caches' }).getByText('Build cache').waitFor();
    expect(await page.getByRole('button', { name: 'Actions for caches' }).count()).toBe(0);
    await page.getByRole('link', { name: 'caches' }).click();
    await page.getByText('It has not run yet').waitFor();
    expect(await page.getByRole('button', { name: 'Run now' }).count()).toBe(0);
    visited.expectNoComplaints();
  });

  it('says that nothing comes back, and is run by whoever types its name', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/policies/caches');
    await logIn(page, havre);
    await page.getByRole('note').getByText('which has no trash').waitFor();
    await page.getByRole('table', { name: 'What it would do now' }).getByText('pr-1', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Run now' }).click();
    const asking = page.getByRole('alertdialog');
    const verb = asking.getByRole('button', { name: 'Run now' });
    expect(await verb.isDisabled()).toBe(true);
    await asking.getByLabel('Type Build cache to confirm').fill('Build cache');
    await picture(page, 'policy-elsewhere');
    await expectAccessible(page);
    await verb.click();
    await asking.getByText('1 manifest went.').waitFor();
    expect(await asking.getByRole('link', { name: 'See it in the trash, and undo it' }).count()).toBe(0);
    expect(await client.tags('team/app')).toEqual(['latest']);
    await asking.getByRole('link', { name: 'See the plan, image by image' }).click();
    await page.getByRole('note').getByText('gone for good').waitFor();
    expect(await page.getByRole('button', { name: 'Restore all of it' }).count()).toBe(0);
    visited.expectNoComplaints();
  });

  it('is switched off at once, and on again by whoever types its name', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/policies/caches');
    await logIn(page, havre);
    await page.getByRole('button', { name: 'Switch off' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Switch off' }).click();
    await page.getByText('off', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Switch on' }).click();
    const asking = page.getByRole('alertdialog');
    expect(await asking.getByRole('button', { name: 'Switch on' }).isDisabled()).toBe(true);
    await asking.getByLabel('Type Build cache to confirm').fill('Build cache');
    await asking.getByRole('button', { name: 'Switch on' }).click();
    await page.getByText('on', { exact: true }).waitFor();
    visited.expectNoComplaints();
  });
});
