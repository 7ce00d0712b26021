import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { expect } from 'bun:test';

/** What Debian's chromium is called; another one can be named. */
const CHROMIUM = process.env['TEST_CHROMIUM'] ?? '/usr/bin/chromium';
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const WAIT_MILLISECONDS = 20_000;

const AXE = readFileSync(join(import.meta.dir, '../../../node_modules/axe-core/axe.min.js'), 'utf8');
const PICTURES = join(import.meta.dir, '../../../test-results/browser');

export const VIEWPORTS = {
  desktop: { width: 1440, height: 1000 },
  phone: { width: 360, height: 780 },
} as const;

export interface Look {
  readonly language?: 'en' | 'fr';
  readonly theme?: 'light' | 'dark';
  readonly viewport?: keyof typeof VIEWPORTS;
}

/** Each on a profile of its own. */
export async function openBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) throw new Error(`there is no ${CHROMIUM}: apt-get install chromium, or set TEST_CHROMIUM`);
  return chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
}

/** A page, as somebody sees it who speaks a language and likes a theme; with what it does that it must not. */
export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** Errors on the console, what the policy forbade, and requests to other hosts: to be none. */
  expectNoComplaints(): void;
}

export async function visit(browser: Browser, origin: string, look: Look = {}): Promise<Visit> {
  const { language = 'en', theme = 'light', viewport = 'desktop' } = look;
  const context = await browser.newContext({
    baseURL: origin,
    locale: language,
    colorScheme: theme,
    viewport: VIEWPORTS[viewport],
    reducedMotion: 'reduce',
  });
  // Before the test's own end, whose failure would say nothing.
  context.setDefaultTimeout(WAIT_MILLISECONDS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    // A refusal that a page expects and shows, such as a wrong password, is on the console of the browser all the same;
    // so is the failure of another registry.
    const isRefusal = /^Failed to load resource: the server responded with a status of (?:4|502)/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !isRefusal) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith('data:')) complaints.push(`asked ${url}`);
  });
  return {
    page,
    expectNoComplaints: () => expect(complaints).toEqual([]),
    [Symbol.asyncDispose]: () => context.close(),
  };
}

export async function logIn(page: Page, { username, password }: { username: string; password: string }): Promise<void> {
  await page.locator('input[name=username]').fill(username);
  await page.locator('input[name=password]').fill(password);
  await page.keyboard.press('Enter');
  await page.locator('#main').waitFor();
}

interface AxeResult {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** By axe: WCAG 2.0 to 2.2, A and AA, and its best practices. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(AXE);
  const found = (await page.evaluate('axe.run(document).then(({ violations }) => violations)')) as readonly AxeResult[];
  expect(found.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.slice(0, 3) }))).toEqual([]);
}

/** For people to look at: test-results/browser/NAME.png. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
}
