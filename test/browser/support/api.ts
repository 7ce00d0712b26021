import type { RunningHavre } from '../../support/server.ts';

/** Asks the admin API as the administrator, so that a page has something to show. @throws {Error} it was refused. */
export async function askApi(
  { url, authorization }: Pick<RunningHavre, 'url' | 'authorization'>,
  method: string,
  path: string,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}
