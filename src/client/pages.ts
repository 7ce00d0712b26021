import { nextTarget } from '../oci/link.ts';
import { MalformedReplyError } from './client-error.ts';
import type { RegistryRequest, RemoteRegistry } from './remote-registry.ts';
import { readBounded, replyError } from './reply.ts';

/** Of one page of a list. */
const MAX_PAGE_BYTES = 16 * 1024 * 1024;

/**
 * The pages of a list, one after the other, as their `Link` headers name them. Of these, only path and query count: a
 * registry behind a proxy often has the rest wrong, and it keeps us where we are.
 *
 * @throws {UnexpectedReplyError} the first page, or another, is not there.
 * @throws {MalformedReplyError} a page is no JSON object, or its successor was there already.
 */
export async function* pagesOf(
  registry: RemoteRegistry,
  request: RegistryRequest,
): AsyncGenerator<Readonly<Record<string, unknown>>, void> {
  const seen = new Set<string>();
  let path: string | undefined = String(request.url);
  while (path !== undefined) {
    if (seen.has(path))
      throw new MalformedReplyError(`${registry.address.name}: ${request.what}: pages go in a circle.`);
    seen.add(path);
    const response: Response = await registry.send({ ...request, url: path });
    if (response.status !== 200) throw await replyError(registry.address.name, request.what, response);
    path = nextPath(response, registry.address.origin);
    yield await readPage(response, `${registry.address.name}: ${request.what}`);
  }
}

async function readPage(response: Response, what: string): Promise<Readonly<Record<string, unknown>>> {
  const bytes = await readBounded(response, MAX_PAGE_BYTES, what);
  try {
    const document: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof document === 'object' && document !== null) return document as Readonly<Record<string, unknown>>;
  } catch {
    // Said below.
  }
  throw new MalformedReplyError(`${what}: the answer is no JSON object.`);
}

function nextPath(response: Response, origin: string): string | undefined {
  const target = nextTarget(response.headers.get('link') ?? '');
  if (target === undefined || !URL.canParse(target, response.url)) return undefined;
  const { pathname, search } = new URL(target, response.url);
  // Set apart: read together, a path that begins with two slashes would be another host.
  return Object.assign(new URL(origin), { pathname, search }).href;
}
