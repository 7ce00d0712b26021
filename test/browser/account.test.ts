import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import type { Browser } from 'playwright-core';
import { RegistryClient } from '../support/registry-client.ts';
import { startHavre, type RunningHavre } from '../support/server.ts';
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

const PASSWORD = 'a long enough password';
const NEW_PASSWORD = 'another long password';

async function addUser(name: string): Promise<{ readonly username: string; readonly password: string }> {
  const body = new TextEncoder().encode(JSON.stringify({ name, password: PASSWORD }));
  const headers = { 'content-type': 'application/json' };
  await new RegistryClient(havre).expect(201, 'POST', '/api/v1/users', { headers, body });
  return { username: name, password: PASSWORD };
}

describe('my account', () => {
  it('is in the menu, and says who I am', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/');
    await logIn(page, havre);
    await page.getByRole('button', { name: `Account of ${havre.username}` }).click();
    await page.getByRole('menuitem', { name: 'My account' }).click();
    await page.getByRole('heading', { name: 'My account' }).waitFor();
    await page.getByText('Everything: administrators need no grants.').waitFor();
    // The password of this administrator is one of the configuration.
    await page.getByText('Your password is set in the configuration of the server').waitFor();
    expect(await page.getByRole('button', { name: 'Change the password' }).count()).toBe(0);
    visited.expectNoComplaints();
  });

  it('changes its password: other sessions end, this one goes on', async () => {
    const login = await addUser('ada');
    await using elsewhere = await visit(browser, havre.url);
    await elsewhere.page.goto('/account');
    await logIn(elsewhere.page, login);
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/account');
    await logIn(page, login);
    const sessions = page.getByRole('table', { name: 'My sessions' });
    await sessions.getByRole('row', { name: /Chrome on Linux 127\.0\.0\.1.*End/ }).waitFor();
    await picture(page, 'account-filled');
    await expectAccessible(page);

    const current = page.getByLabel('Current password');
    const next = page.getByLabel('New password');
    const change = page.getByRole('button', { name: 'Change the password' });
    await current.fill('not this one');
    await next.fill(NEW_PASSWORD);
    await change.click();
    await page.getByText('This is not your current password.').waitFor();
    await current.fill(PASSWORD);
    await next.fill('short');
    await change.click();
    await page.getByText('This is too short').waitFor();
    await expectAccessible(page);
    await next.fill(NEW_PASSWORD);
    await change.click();
    await page.getByText('Your password is changed').waitFor();
    expect(await current.inputValue()).toBe('');
    await sessions.getByRole('button', { name: /End the session/ }).waitFor({ state: 'detached' });

    await elsewhere.page.reload();
    await logIn(elsewhere.page, { username: 'ada', password: NEW_PASSWORD });
    await page.reload();
    await page.getByRole('heading', { name: 'My account' }).waitFor();
    visited.expectNoComplaints();
  });

  it('ends one session, or all others', async () => {
    const login = await addUser('bob');
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    const others = [];
    for (let count = 0; count < 3; count += 1) {
      const other = await visit(browser, havre.url);
      others.push(other);
      await other.page.goto('/account');
      await logIn(other.page, login);
    }
    await page.goto('/account');
    await logIn(page, login);
    const end = page.getByRole('button', { name: 'End the session of Chrome from 127.0.0.1' });
    await end.nth(2).waitFor();
    await end.first().click();
    await end.nth(2).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'End all others' }).click();
    const question = page.getByRole('alertdialog', { name: 'End all other sessions?' });
    await question.getByText('2 sessions end at once').waitFor();
    await question.getByRole('button', { name: 'End all others' }).click();
    await page.getByText('2 sessions ended').waitFor();
    await end.first().waitFor({ state: 'detached' });
    for (const other of others) {
      await other.page.reload();
      await other.page.locator('input[name=username]').waitFor();
      await other[Symbol.asyncDispose]();
    }
    await page.reload();
    await page.getByText('This one').waitFor();
    visited.expectNoComplaints();
  });
});
