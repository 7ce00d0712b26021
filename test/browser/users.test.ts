import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { imageOf, randomBlob } from '../support/image.ts';
import { RegistryClient } from '../support/registry-client.ts';
import { startHavre, type RunningHavre } from '../support/server.ts';
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

async function post(path: string, document: object): Promise<void> {
  const body = new TextEncoder().encode(JSON.stringify(document));
  await admin.expect(201, 'POST', `/api/v1${path}`, { headers: { 'content-type': 'application/json' }, body });
}

async function choose(page: Page, name: string, action: string): Promise<void> {
  await page.getByRole('button', { name: `Actions of ${name}`, exact: true }).click();
  await page.getByRole('menuitem', { name: action }).click();
}

describe('a user', () => {
  it('is added, gets a grant, and sees what that allows and nothing else', async () => {
    await admin.pushImage('team/app', imageOf([randomBlob(1000)]), 'latest');
    await admin.pushImage('secret/app', imageOf([randomBlob(1000)]), 'latest');
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/users');
    await logIn(page, havre);
    await page.getByRole('button', { name: 'Add a user' }).click();
    const form = page.getByRole('dialog', { name: 'New user' });
    await form.getByRole('textbox', { name: 'Name' }).fill('ada');
    await form.getByRole('button', { name: 'Add a user' }).click();
    await page.getByRole('dialog', { name: 'Password of ada' }).waitFor();
    const password = await page.getByRole('region', { name: 'Password of ada' }).innerText();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'I have copied it' }).click();
    await page.getByRole('row', { name: /ada User/ }).waitFor();

    await page.getByRole('button', { name: 'Grant something' }).click();
    const grant = page.getByRole('dialog', { name: 'New grant' });
    expect(await grant.getByRole('button', { name: 'Grant', exact: true }).isDisabled()).toBe(true);
    await grant.getByText('Choose somebody').waitFor();
    await grant.getByRole('combobox', { name: 'Who' }).click();
    await page.getByRole('option', { name: 'ada', exact: true }).click();
    await grant.getByRole('textbox', { name: 'Which repositories' }).fill('team/**');
    await grant.getByRole('button', { name: 'Grant', exact: true }).click();
    await page.getByRole('row', { name: /ada team\/\*\* pull in everything below team\// }).waitFor();
    await picture(page, 'users-filled');

    await choose(page, 'ada', 'What they may do');
    const rights = page.getByRole('dialog', { name: 'What ada may do' });
    await rights.getByText('pull in everything below team/').waitFor();
    await rights.getByText('granted to them').waitFor();
    await picture(page, 'rights-of-ada');
    await expectAccessible(page);

    await using theirs = await visit(browser, havre.url);
    await theirs.page.goto('/account');
    await logIn(theirs.page, { username: 'ada', password });
    await theirs.page.getByText('pull in everything below team/').waitFor();
    await theirs.page.goto('/users');
    await theirs.page.getByText('Only administrators see users').waitFor();
    expect(await theirs.page.getByRole('button', { name: 'Add a user' }).count()).toBe(0);
    await theirs.page.goto('/tokens');
    await theirs.page.getByText('Only administrators see tokens').waitFor();
    await expectAccessible(theirs.page);
    await theirs.page.goto('/repositories');
    await theirs.page.getByText('team/app').first().waitFor();
    expect(await theirs.page.getByText('secret/app').count()).toBe(0);
    visited.expectNoComplaints();
    theirs.expectNoComplaints();
  });

  it('is granted nothing in the place of another, also where the list of users does not come', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.route(/\/api\/v1\/users/, (route) => route.fulfill({ status: 400, json: { detail: 'no list' } }));
    await page.goto('/users?add=grant');
    await logIn(page, havre);
    const form = page.getByRole('dialog', { name: 'New grant' });
    await form.getByRole('alert').getByText('no list').waitFor();
    expect(await form.getByRole('button', { name: 'Grant', exact: true }).isDisabled()).toBe(true);
  });

  it('shows their password as soon as they are added, and nothing closes the form before', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/users?add=user');
    await logIn(page, havre);
    const form = page.getByRole('dialog', { name: 'New user' });
    await form.getByRole('textbox', { name: 'Name' }).fill('hal');
    const answer = Promise.withResolvers<void>();
    await page.route(/\/api\/v1\/users/, async (route) => {
      // The list never comes.
      if (route.request().method() !== 'POST') return;
      await answer.promise;
      await route.continue();
    });
    const asked = page.waitForRequest((request) => request.method() === 'POST');
    await form.getByRole('button', { name: 'Add a user' }).click();
    await asked;
    await page.keyboard.press('Escape');
    expect(await form.getByRole('button', { name: 'Cancel' }).isDisabled()).toBe(true);
    answer.resolve();
    expect(await page.getByRole('region', { name: 'Password of hal' }).innerText()).not.toBe('');
  });

  it('is logged out everywhere when an administrator says so', async () => {
    await post('/users', { name: 'bob', password: PASSWORD });
    await using theirs = await visit(browser, havre.url);
    await theirs.page.goto('/account');
    await logIn(theirs.page, { username: 'bob', password: PASSWORD });
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/users');
    await logIn(page, havre);
    await choose(page, 'bob', 'End all sessions');
    await page.getByRole('button', { name: 'End the sessions' }).click();
    await page.getByText('1 session ended').waitFor();
    await theirs.page.reload();
    await theirs.page.locator('input[name=username]').waitFor();
  });

  it('gets another password, which is refused at the field when it is too short', async () => {
    await post('/users', { name: 'cleo', password: PASSWORD });
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/users');
    await logIn(page, havre);
    await choose(page, 'cleo', 'Set a password');
    const form = page.getByRole('dialog', { name: 'Set a password for cleo' });
    await form.getByRole('radio', { name: 'Type one' }).check();
    const field = form.getByLabel('New password');
    await field.fill('short');
    await form.getByRole('button', { name: 'Set the password' }).click();
    await form.getByText('This is too short').waitFor();
    await field.fill('a new password of cleo');
    await form.getByRole('button', { name: 'Set the password' }).click();
    await page.getByText('cleo has a new password').waitFor();
    await using theirs = await visit(browser, havre.url);
    await theirs.page.goto('/account');
    await logIn(theirs.page, { username: 'cleo', password: 'a new password of cleo' });
    await theirs.page.getByRole('heading', { name: 'My account' }).waitFor();
  });

  it('goes with what is said before', async () => {
    await post('/users', { name: 'dan', password: PASSWORD });
    await post('/tokens', { name: 'laptop-of-dan', user: 'dan', expiresAt: null });
    await post('/grants', { to: { kind: 'user', name: 'dan' }, pattern: 'dans/*', actions: ['push'] });
    await post('/grants', { to: { kind: 'signed-in' }, pattern: 'shared/*', actions: ['pull'] });
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/users?q=dan');
    await logIn(page, havre);
    await page.getByRole('row', { name: /dans\/\*/ }).waitFor();
    await choose(page, 'dan', 'Remove');
    const question = page.getByRole('alertdialog', { name: 'Remove dan?' });
    await question.getByText('1 token that acts for them: laptop-of-dan').waitFor();
    await question.getByText('1 grant').waitFor();
    await picture(page, 'remove-user');
    await expectAccessible(page);
    expect(await question.getByRole('button', { name: 'Remove' }).isDisabled()).toBe(true);
    await question.getByRole('textbox').fill('dan');
    await question.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('No user has such a name').waitFor();
    await page.getByText('No grant is like that').waitFor();
    visited.expectNoComplaints();
  });
});

describe('grants', () => {
  it('are listed by who has them and by what they are about, and come back when that is undone', async () => {
    await post('/users', { name: 'eve', password: PASSWORD });
    await post('/grants', { to: { kind: 'user', name: 'eve' }, pattern: 'zoo/*', actions: ['push'] });
    await post('/grants', { to: { kind: 'everybody' }, pattern: 'zoo/a', actions: ['pull'] });
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/users?q=zoo');
    await logIn(page, havre);
    const grants = page.getByRole('table', { name: 'Grants' });
    const patterns = grants.locator('tbody code');
    await patterns.first().waitFor();
    expect(await patterns.allInnerTexts()).toEqual(['zoo/*', 'zoo/a']);
    await grants.getByRole('columnheader', { name: 'Where' }).getByRole('button').click();
    await page.waitForURL(/sort=pattern/);
    await grants.getByRole('columnheader', { name: 'Where' }).getByRole('button').click();
    await page.waitForURL(/direction=descending/);
    expect(await patterns.allInnerTexts()).toEqual(['zoo/a', 'zoo/*']);
    await page.getByRole('button', { name: 'Take the grant for zoo/* from eve' }).click();
    await page.getByText('The grant of eve for zoo/* is gone').waitFor();
    await grants.getByRole('row', { name: /^eve/ }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await grants.getByRole('row', { name: /eve zoo\/\* push in the repositories of zoo\// }).waitFor();
    visited.expectNoComplaints();
  });
});
