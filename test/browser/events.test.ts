import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import type { Browser } from 'playwright-core';
import { eventually } from '../support/eventually.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { startHavre, type RunningHavre } from '../support/server.ts';
import { expectAccessible, logIn, openBrowser, picture, visit } from './support/browser.ts';

let browser: Browser;
let havre: RunningHavre;
let receiver: Receiver;

beforeAll(async () => {
  browser = await openBrowser();
  receiver = openReceiver();
  havre = await startHavre({ env: { HAVRE_EGRESS_ALLOW: `webhooks=127.0.0.1:${new URL(receiver.url).port}` } });
});
afterAll(async () => {
  await browser.close();
  await havre.stop();
  receiver[Symbol.dispose]();
});

describe('webhooks', () => {
  it('are added, pinged, and their deliveries seen and sent again', async () => {
    await using visited = await visit(browser, havre.url);
    const { page } = visited;
    await page.goto('/events');
    await logIn(page, havre);
    await page.getByText('Nobody is told').waitFor();
    await page.getByRole('button', { name: 'Add a webhook' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('ci');
    await page.getByRole('textbox', { name: 'URL' }).fill(receiver.url);
    await expectAccessible(page);
    await picture(page, 'events-add');
    await page.getByRole('button', { name: 'Save' }).click();
    const told = page.getByRole('dialog', { name: 'The secret of this webhook' });
    expect(await told.locator('pre').textContent()).toStartWith('whsec_');
    await told.getByRole('button', { name: 'I have kept it' }).click();
    await told.waitFor({ state: 'detached' });

    await page.getByRole('link', { name: 'ci', exact: true }).click();
    receiver.answer(() => new Response('welcome aboard'));
    await page.getByRole('button', { name: 'Send a ping' }).click();
    const delivery = page.getByRole('dialog');
    await delivery.getByText('welcome aboard').waitFor();
    expect(await delivery.textContent()).toContain('delivered');
    expect(receiver.received).toHaveLength(1);
    await expectAccessible(page);
    await picture(page, 'events-delivery');
    await delivery.getByRole('button', { name: 'Close' }).last().click();

    const row = page.getByRole('row').filter({ hasText: '200' });
    await row.getByRole('button', { name: 'Send again' }).click();
    await page.getByText('It is sent again').waitFor();
    await eventually('it is received twice', () => expect(receiver.received).toHaveLength(2));
    expect(receiver.received[1]?.headers.get('webhook-id')).toBe(receiver.received[0]?.headers.get('webhook-id'));
    visited.expectNoComplaints();
  });

  it('are disabled, enabled and removed', async () => {
    await using visited = await visit(browser, havre.url, { language: 'fr', theme: 'dark', viewport: 'phone' });
    const { page } = visited;
    await page.goto('/events/ci');
    await logIn(page, havre);
    await page.getByRole('button', { name: 'Actions pour ci' }).click();
    await page.getByRole('menuitem', { name: 'Désactiver' }).click();
    await page.getByText('désactivé', { exact: true }).waitFor();
    await expectAccessible(page);
    await picture(page, 'events-disabled');
    await page.getByRole('button', { name: 'Actions pour ci' }).click();
    await page.getByRole('menuitem', { name: 'Activer' }).click();
    await page.getByText('fonctionne', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Actions pour ci' }).click();
    await page.getByRole('menuitem', { name: 'Supprimer' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Supprimer' }).click();
    await page.getByText("Personne n'est prévenu").waitFor();
    visited.expectNoComplaints();
  });
});
