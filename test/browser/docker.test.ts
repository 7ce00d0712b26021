import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { harborWorld } from '../fakes/remote-worlds.ts';
import { startDockerRegistry, type DockerRegistry } from '../support/docker-registry.ts';
import { imageOf, randomBlob } from '../support/image.ts';
import { RegistryClient } from '../support/registry-client.ts';
import { basicAuthorization, startHavre, type RunningHavre } from '../support/server.ts';
import { expectAccessible, logIn, openBrowser, picture, visit } from './support/browser.ts';

const BOB = { username: 'bob', password: 'the secret of bob' };
const VIEWER = { username: 'viewer', password: 'a password for looking' };
const HOST = 'registry.gra.ai.cloud.ovh.net';

let browser: Browser;
let havre: RunningHavre;
let other: DockerRegistry;

beforeAll(async () => {
  browser = await openBrowser();
  other = await startDockerRegistry({ login: BOB, deletes: true });
  havre = await startHavre({
    env: {
      HAVRE_EGRESS_ALLOW: '127.0.0.0/8',
      HAVRE_SHARED_REGISTRIES_REGIONS: `GRA=${HOST}/pn-123456,BHS=registry.bhs.ai.cloud.ovh.net`,
    },
  });
  const authorization = basicAuthorization(BOB.username, BOB.password);
  const client = new RegistryClient({ url: other.url, authorization });
  for (const tag of ['1.0', '1.1']) await client.pushImage('team/app', imageOf([randomBlob(2000)]), tag);
});
afterAll(async () => {
  await browser.close();
  await havre.stop();
  await other[Symbol.asyncDispose]();
});

// oxlint-disable-next-line typescript/no-explicit-any -- what a test expects of it, it says
async function api(method: string, path: string, body?: object): Promise<any> {
  const response = await fetch(`${havre.url}/api/v1${path}`, {
    method,
    headers: { Authorization: havre.authorization, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  expect(response.ok).toBe(true);
  return response.json();
}

async function connected(name: string, more: object = {}): Promise<string> {
  const said = { project: 'pn-1', name, url: other.url, username: BOB.username, secret: BOB.password, ...more };
  const { registry } = await api('POST', '/registries', said);
  return registry.id as string;
}

async function removed(id: string): Promise<void> {
  await api('DELETE', `/registries/${id}`);
}

/** Asked in the page: what is behind the warning. */
const GROUND_OF_NOTICE = 'getComputedStyle(document.querySelector("[class*=notice]")).backgroundColor';

/** The row of a connection, by a text in it. */
function row(page: Page, text: string) {
  return page.getByRole('row').filter({ hasText: text });
}

async function act(page: Page, name: string, action: string): Promise<void> {
  await page.getByRole('button', { name: `Actions on ${name}` }).click();
  await page.getByRole('menuitem', { name: action, exact: true }).click();
}

async function closed(page: Page): Promise<void> {
  await page.getByRole('dialog').getByText('Close', { exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

describe('the Docker tab', () => {
  it('has what the seed says, word for word', async () => {
    const id = await connected('one', { region: 'GRA' });
    await using visited = await visit(browser, havre.url, { language: 'fr' });
    const { page } = visited;
    await page.goto('/docker');
    await logIn(page, havre);
    await page.getByRole('heading', { level: 1, name: 'Registres Docker', exact: true }).waitFor();
    const shown = (await page.locator('#main').textContent()) ?? '';
    for (const text of [
      'Un registre docker vous permet de stocker vos images logicielles afin de pouvoir facilement y accéder lors de vos entraînements ou déploiements.',
      'Vous pouvez gérer ici vos Docker Registries privés. Vous pourrez ensuite facilement lancer des jobs et des apps avec ces images.',
      "Vous pouvez choisir d'utiliser un Registre privé managé OVHcloud avec toutes les fonctionnalités du projet open source Harbor pour en garantir la sécurité.",
    ])
      expect(shown).toContain(text);
    await page.getByRole('button', { name: 'Gérer mes Managed Private Registries' }).waitFor();
    await page.getByRole('button', { name: 'Ajouter', exact: true }).waitFor();
    await row(page, id).waitFor();
    expect(await page.getByRole('columnheader').allTextContents()).toEqual([
      'Id',
      'Région',
      'Url',
      'Username',
      'Ajouté par',
      'Date',
      'Actions',
    ]);
    expect(await row(page, id).locator('td').allTextContents()).toEqual([
      expect.stringContaining(id),
      'GRA',
      `${other.host}one`,
      'bob',
      'admin',
      expect.stringMatching(/^\d\d\/\d\d\/\d{4}$/),
      '',
    ]);
    const warning = page.getByText(
      'Nous stockons par défaut les images privées de vos jobs sur un Docker Registry géré par OVHcloud et partagé entre nos clients. Les images stockées peuvent être supprimées à tout moment.',
    );
    await warning.waitFor();
    expect(await page.evaluate(GROUND_OF_NOTICE)).toBe('rgb(254, 243, 199)');
    await page.getByText('registry.gra.ai.cloud.ovh.net', { exact: true }).waitFor();
    await page.getByText('pn-123456', { exact: true }).waitFor();
    await page.getByText(`docker login ${HOST} -u <username>`, { exact: true }).waitFor();
    await removed(id);
    visited.expectNoComplaints();
  });

  it('shows the shared registry of the region that is chosen, and keeps it in the address', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/docker?region=BHS');
    await logIn(page, havre);
    await page.getByText('docker login registry.bhs.ai.cloud.ovh.net -u <username>', { exact: true }).waitFor();
    await page.getByRole('combobox', { name: 'Region' }).click();
    await page.getByRole('option', { name: 'GRA' }).click();
    await page.getByText(`docker login ${HOST} -u <username>`, { exact: true }).waitFor();
    expect(new URL(page.url()).searchParams.get('region')).toBe('GRA');
    visited.expectNoComplaints();
  });

  it('finds connections by name, state and project, and a link finds the same', async () => {
    const ids = [await connected('alpha'), await connected('beta', { project: 'pn-2' })];
    for (const id of ids) await api('POST', `/registries/${id}/test`, {});
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/docker');
    await logIn(page, havre);
    await row(page, 'alpha').waitFor();
    await page.getByRole('searchbox', { name: 'Search by name, URL or id' }).fill('bet');
    await row(page, 'alpha').waitFor({ state: 'detached' });
    expect(await row(page, 'beta').count()).toBe(1);
    expect(new URL(page.url()).search).toBe('?q=bet');
    await page.goto('/docker?project=pn-1&state=valid');
    await row(page, 'alpha').waitFor();
    expect(await row(page, 'beta').count()).toBe(0);
    await page.goto('/docker?state=expired');
    await page.getByText('No registry is so').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await row(page, 'beta').waitFor();
    for (const id of ids) await removed(id);
    visited.expectNoComplaints();
  });

  it('leads to the form of a managed registry while there is none', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/docker');
    await logIn(page, havre);
    await page.getByRole('button', { name: 'Manage my Managed Private Registries' }).click();
    await page.getByRole('heading', { name: 'Add a registry' }).waitFor();
    expect(await page.getByRole('radio', { name: 'OVHcloud Managed Private Registry' }).isChecked()).toBe(true);
    const id = await connected('mine', { kind: 'ovh-managed', url: 'ab.c1.gra9.container-registry.ovh.net' });
    await page.goto('/docker');
    await row(page, 'mine').waitFor();
    await page.getByRole('button', { name: 'Manage my Managed Private Registries' }).click();
    await page.waitForURL('**/docker?kind=ovh-managed');
    await row(page, 'mine').waitFor();
    await removed(id);
    visited.expectNoComplaints();
  });
});

describe('a connection', () => {
  it('is added by its address, tried, used, given another secret, and deleted', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: havre.url });
    await page.goto('/docker');
    await logIn(page, havre);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.waitForURL('**/docker/new');

    await page.getByLabel('URL', { exact: true }).fill('https://ghcr.io/octo');
    await page.getByText('Recognised as GitHub Container Registry.').waitFor();
    expect(await page.getByRole('radio', { name: 'GitHub Container Registry' }).isChecked()).toBe(true);
    await page.getByText('read:packages to list and pull').waitFor();
    await page.getByLabel('URL', { exact: true }).fill(other.url);
    await page.locator('input[name=kind][value=generic]:checked').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('team registry');
    await page.getByLabel('Project', { exact: true }).fill('pn-1');
    await page.getByLabel('Username', { exact: true }).fill(BOB.username);
    await page.getByLabel('Password', { exact: true }).fill('not this one');
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText('credentials refused', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Create all the same' }).waitFor();
    await picture(page, 'docker-form-refused');
    await expectAccessible(page);

    await page.getByLabel('Password', { exact: true }).fill(BOB.password);
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText('The registry answers and takes these credentials').waitFor();
    await page.getByText('List: yes').waitFor();
    expect(page.url()).not.toContain('secret');
    const kept = await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])');
    expect(kept).not.toContain(BOB.password);
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.waitForURL('**/docker');
    await row(page, 'team registry').waitFor();

    await act(page, 'team registry', 'Test');
    await page.getByRole('dialog').getByText('Pull: yes').waitFor();
    await picture(page, 'docker-test');
    await expectAccessible(page);
    await closed(page);
    await row(page, 'team registry').getByText('Valid', { exact: true }).waitFor();

    const line = `docker login ${other.host} --username bob --password-stdin`;
    await act(page, 'team registry', 'Copy the login line');
    await page.getByRole('button', { name: `Copy: ${line}`, exact: true }).click();
    await page.getByRole('button', { name: `Copied: ${line}`, exact: true }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(line);
    await closed(page);

    await act(page, 'team registry', 'Kubernetes secret');
    await page.getByLabel('Namespace').fill('Not One');
    await page.getByRole('button', { name: 'Make the secret' }).click();
    await page.getByText('lower-case letters, digits and -, 63 at most').waitFor();
    await page.getByLabel('Namespace').fill('shop');
    await page.getByRole('button', { name: 'Make the secret' }).click();
    const yaml = await page.getByRole('region', { name: 'Manifest (YAML)' }).textContent();
    expect(yaml).toContain('namespace: shop');
    expect(yaml).toMatch(/name: registry-secret-reg-[a-z0-9]+/);
    await closed(page);

    await act(page, 'team registry', 'Replace the secret');
    await page.getByText('Step 1 of 3').waitFor();
    await page.getByLabel('New secret').fill('wrong');
    await page.getByRole('button', { name: 'Test the new secret' }).click();
    await page.getByText('credentials refused', { exact: true }).waitFor();
    await page.getByText('Step 1 of 3').waitFor();
    await page.getByLabel('New secret').fill(BOB.password);
    await page.getByRole('button', { name: 'Test the new secret' }).click();
    await page.getByText('Step 2 of 3').waitFor();
    await picture(page, 'docker-rotate');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Switch to it' }).click();
    await page.getByText('Step 3 of 3').waitFor();
    await page.getByRole('button', { name: 'Confirm: forget the old one' }).click();
    await page.getByText('The secret of team registry was replaced.').waitFor();

    await act(page, 'team registry', 'Delete');
    await page.getByRole('alertdialog').getByText(`revoke it at ${other.host}`).waitFor();
    await page.getByRole('button', { name: 'Delete the connection' }).click();
    await page.getByText('No registry is connected').waitFor();
    expect((await api('GET', '/registries')).registries).toEqual([]);
    visited.expectNoComplaints();
  });

  it('is refused at the field that is wrong', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/docker/new?kind=harbor');
    await logIn(page, havre);
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    expect(await page.locator(':focus').getAttribute('name')).toBe('url');
    expect(await page.getByText('This is needed.').count()).toBe(2);
    await page.getByLabel('URL', { exact: true }).fill('http://user:word@127.0.0.1');
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText('they have fields of their own').waitFor();
    expect(await page.getByLabel('URL', { exact: true }).getAttribute('aria-invalid')).toBe('true');
    visited.expectNoComplaints();
  });

  it('is changed, and what is there is looked into', async () => {
    const id = await connected('browsed');
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    const lists: (string | null)[] = [];
    page.on('request', (request) => {
      const { pathname, searchParams } = new URL(request.url());
      if (pathname === `/api/v1/registries/${id}/repositories`) lists.push(searchParams.get('refresh'));
    });
    await page.goto(`/docker/${id}/edit`);
    await logIn(page, havre);
    await page.getByLabel('Region (optional)').fill('GRA');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.waitForURL(`**/docker/${id}`);
    await page.getByText('browsed was changed.').waitFor();
    await page.getByRole('link', { name: 'team/app' }).waitFor();
    expect((await api('GET', `/registries/${id}`)).registry).toMatchObject({ region: 'GRA', hasSecret: true });

    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByRole('dialog').getByText('Pull: yes').waitFor();
    await closed(page);
    await page.getByRole('table', { name: 'Checks' }).getByText('Works').first().waitFor();
    await page.waitForLoadState('networkidle');
    // Another registry is asked again when somebody says so, and not when something else is.
    expect(lists).toEqual(['false']);
    await page.getByRole('button', { name: 'Ask again' }).click();
    await page.waitForLoadState('networkidle');
    expect(lists).toEqual(['false', 'true']);
    await picture(page, 'docker-detail');
    await expectAccessible(page);
    await page.getByRole('link', { name: 'team/app' }).click();
    await page.getByRole('link', { name: '1.1' }).waitFor();
    await picture(page, 'docker-tags');
    await expectAccessible(page);
    await page.getByRole('link', { name: '1.0' }).click();
    await page.getByText(`docker pull ${other.host}/team/app:1.0`, { exact: true }).waitFor();
    await page.getByRole('table', { name: 'Platforms' }).getByText('linux/amd64').waitFor();
    await picture(page, 'docker-image');
    await expectAccessible(page);
    await page.goBack();
    await page.getByRole('link', { name: '1.1' }).waitFor();
    await removed(id);
    visited.expectNoComplaints();
  });

  it('has its registry make a secret itself, where that can', async () => {
    const { fake, said } = harborWorld();
    await using harbor = fake;
    harbor.robots.set(3, {
      id: 3,
      name: 'robot$team+ci',
      level: 'project',
      duration: -1,
      expires_at: -1,
      permissions: [{ kind: 'project', namespace: 'team', access: [{ resource: 'repository', action: 'pull' }] }],
      disable: false,
    });
    const id = await connected('minting', said);
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto(`/docker/${id}`);
    await logIn(page, havre);
    await act(page, 'minting', 'Replace the secret');
    await page.getByRole('button', { name: 'Let the registry make one' }).click();
    await page.getByText('The secret of minting was replaced.').waitFor();
    expect((await api('GET', `/registries/${id}`)).registry.username).toStartWith('robot$team+ci-h');
    await removed(id);
    visited.expectNoComplaints();
  });

  it('shows what is left of what its registry lets us ask', async () => {
    using counting = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: async (request) => {
        const { pathname, search } = new URL(request.url);
        const reply = await fetch(new URL(pathname + search, other.url), { headers: request.headers });
        const headers = new Headers(reply.headers);
        headers.set('RateLimit-Limit', '200;w=21600');
        headers.set('RateLimit-Remaining', '42;w=21600');
        return new Response(reply.body, { status: reply.status, headers });
      },
    });
    const id = await connected('counted', { url: counting.url.origin });
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto(`/docker/${id}`);
    await logIn(page, havre);
    await page.getByText(/of 200 requests left/).waitFor();
    await page.getByRole('meter').waitFor();
    await expectAccessible(page);
    await picture(page, 'docker-budget');
    await removed(id);
    visited.expectNoComplaints();
  });

  it('is only looked at by who may only look', async () => {
    const id = await connected('seen');
    await api('POST', '/users', { name: VIEWER.username, password: VIEWER.password });
    const to = { kind: 'user', name: VIEWER.username };
    await api('POST', '/grants', { to, pattern: 'pn-1', actions: ['registries:read'] });
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/docker');
    await logIn(page, VIEWER);
    await row(page, 'seen').waitFor();
    expect(await page.getByRole('button', { name: 'Actions on seen' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Add', exact: true }).count()).toBe(0);
    await page.getByRole('link', { name: id }).click();
    await page.getByRole('link', { name: 'team/app' }).waitFor();
    expect(await page.getByRole('button', { name: 'Test', exact: true }).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Actions on seen' }).count()).toBe(0);
    await removed(id);
    visited.expectNoComplaints();
  });
});

describe.each([
  { language: 'fr', theme: 'light', viewport: 'desktop' },
  { language: 'fr', theme: 'dark', viewport: 'phone' },
  { language: 'en', theme: 'dark', viewport: 'desktop' },
] as const)('connections in $language, $theme, on a $viewport', (look) => {
  it('are sound wherever they are shown', async () => {
    const suffix = `${look.language}-${look.theme}-${look.viewport}`;
    const id = await connected('a registry with a long name', { region: 'GRA' });
    const failing = await connected('failing', { secret: 'not this one' });
    for (const one of [id, failing]) await api('POST', `/registries/${one}/test`, {});
    await using visited = await visit(browser, havre.url, look);
    const { page } = visited;
    await page.goto('/docker');
    await logIn(page, havre);
    for (const { name, path } of [
      { name: 'docker-list', path: '/docker' },
      { name: 'docker-edit', path: `/docker/${id}/edit` },
      { name: 'docker-one', path: `/docker/${id}` },
      { name: 'docker-failing', path: `/docker/${failing}` },
      { name: 'docker-remote-tags', path: `/docker/${id}?repository=team%2Fapp` },
      { name: 'docker-remote-image', path: `/docker/${id}?repository=team%2Fapp&reference=1.0` },
    ]) {
      await page.goto(path);
      await page.locator('h1').waitFor();
      await page.waitForLoadState('networkidle');
      await picture(page, `${name}-${suffix}`);
      await expectAccessible(page);
      const isWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
      expect({ name, isWide }).toEqual({ name, isWide: false });
    }
    for (const one of [id, failing]) await removed(one);
    visited.expectNoComplaints();
  });
});
