import type { Page, PageRequest } from '../account.ts';
import { ProviderError } from '../provider-error.ts';

/** The error that a call ends with. Anything but a `ProviderError` fails the test. */
export async function errorOf(call: Promise<unknown>): Promise<ProviderError> {
  const error: unknown = await call.then(
    () => new Error('It succeeded.'),
    (caught: unknown) => caught,
  );
  if (error instanceof ProviderError) return error;
  throw error;
}

/** All that an error says, with its causes. */
export function everythingSaid(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? '';
  return [error.message, error.stack, JSON.stringify(error), everythingSaid(error.cause)].join('\n');
}

/** Every page, one after another. */
export async function pagesOf<Item>(ask: (page: PageRequest) => Promise<Page<Item>>): Promise<readonly Page<Item>[]> {
  const pages: Page<Item>[] = [];
  let after: string | undefined;
  do {
    const page: Page<Item> = await ask({ limit: 100, ...(after === undefined ? {} : { after }) });
    pages.push(page);
    after = page.next;
  } while (after !== undefined);
  return pages;
}

export async function collected<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}
