import type { Fake, FakeReply, FakeRequest, FakeRight } from './fake.ts';
import { type FakeManifest, type FakeRepository, INDEX } from './fake-repository.ts';

/** What of the registry API is particular about a kind. */
export interface OciQuirks {
  /** `undefined`: let through; else what it is answered by. `repository`: absent for `/v2/` and the catalog. */
  readonly refuse: (request: FakeRequest, right: FakeRight, repository?: string) => Response | undefined;
  /** Default: there is none (404). */
  readonly hasCatalog?: boolean;
  /** Before a manifest is deleted; a reply refuses. Default: nothing is deleted (405). */
  readonly deletes?: (repository: FakeRepository, tagOrDigest: string) => Response | undefined;
  /** Added to the answer of every request of a manifest. */
  readonly manifestHeaders?: (request: FakeRequest) => Readonly<Record<string, string>>;
  /** Names in a page when nobody asks for less. Default 100. */
  readonly pageSize?: number;
}

/** The registry API, as far as providers use it: `/v2/…`. `undefined`: the path is none of it. */
export function ociReply(request: FakeRequest, fake: Fake, quirks: OciQuirks): FakeReply {
  const { path } = request;
  if (path === '/v2/' || path === '/v2') return quirks.refuse(request, 'pull') ?? Response.json({});
  if (path === '/v2/_catalog') {
    if (quirks.hasCatalog !== true) return ociError(404, 'NAME_UNKNOWN', 'no catalog here');
    const names = [...fake.repositories.keys()].toSorted();
    return quirks.refuse(request, 'list') ?? namesPage(request, { repositories: names }, quirks);
  }
  const [, uploading] = /^\/v2\/(.+)\/blobs\/uploads\/[^/]*$/.exec(path) ?? [];
  if (uploading !== undefined) return quirks.refuse(request, 'push', uploading) ?? uploadReply(request, uploading);
  const [, name, what, last = ''] = /^\/v2\/(.+)\/(tags|manifests|blobs|referrers)\/([^/]+)$/.exec(path) ?? [];
  if (name === undefined) return undefined;
  const refused = quirks.refuse(request, rightFor(request), name);
  if (refused !== undefined) return refused;
  const repository = fake.repositories.get(name);
  if (repository === undefined) return ociError(404, 'NAME_UNKNOWN', 'repository name not known to registry');
  if (what === 'tags') {
    const names = [...repository.tags.keys()].toSorted();
    return namesPage(request, { name, tags: names }, quirks);
  }
  if (what === 'manifests') {
    return manifestReply({ request, fake, repository, tagOrDigest: decodeURIComponent(last) }, quirks);
  }
  if (what === 'referrers') return referrersReply(repository, decodeURIComponent(last));
  const config = repository.configs.get(decodeURIComponent(last));
  return config === undefined ? ociError(404, 'BLOB_UNKNOWN', 'blob unknown') : new Response(config);
}

/** What is uploaded is not kept. */
function uploadReply({ method }: FakeRequest, name: string): Response {
  if (method === 'PUT') return new Response(null, { status: 201 });
  if (method === 'DELETE') return new Response(null, { status: 204 });
  return new Response(null, { status: 202, headers: { Location: `/v2/${name}/blobs/uploads/${crypto.randomUUID()}` } });
}

/** An error as registries write it. */
export function ociError(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return Response.json({ errors: [{ code, message, detail: null }] }, { status, headers });
}

/** Which right a request of the registry API takes. */
export function rightFor({ method }: FakeRequest): FakeRight {
  if (method === 'DELETE') return 'delete';
  return method === 'GET' || method === 'HEAD' ? 'pull' : 'push';
}

interface ManifestRequest {
  readonly request: FakeRequest;
  readonly fake: Fake;
  readonly repository: FakeRepository;
  readonly tagOrDigest: string;
}

function manifestReply({ request, fake, repository, tagOrDigest }: ManifestRequest, quirks: OciQuirks): Response {
  const headers = { ...quirks.manifestHeaders?.(request) };
  if (request.method === 'PUT') {
    const mediaType = request.headers.get('Content-Type') ?? '';
    const digest = repository.put(request.body, mediaType, tagOrDigest, new Date(fake.clock.now()));
    return new Response(null, { status: 201, headers: { ...headers, 'Docker-Content-Digest': digest } });
  }
  const found = repository.find(tagOrDigest);
  if (found === undefined) return ociError(404, 'MANIFEST_UNKNOWN', 'manifest unknown', headers);
  if (request.method === 'DELETE') {
    if (quirks.deletes === undefined) return ociError(405, 'UNSUPPORTED', 'The operation is unsupported.');
    const refused = quirks.deletes(repository, tagOrDigest);
    if (refused !== undefined) return refused;
    if (tagOrDigest.startsWith('sha256:')) repository.remove(tagOrDigest);
    else repository.tags.delete(tagOrDigest);
    return new Response(null, { status: 202, headers });
  }
  return new Response(request.method === 'HEAD' ? null : found.text, {
    headers: {
      ...headers,
      'Content-Type': found.mediaType,
      'Content-Length': String(found.text.length),
      'Docker-Content-Digest': found.digest,
    },
  });
}

function referrersReply(repository: FakeRepository, subject: string): Response {
  const found = [...repository.manifests.values()].filter((manifest: FakeManifest) => manifest.subject === subject);
  const manifests = found.map(({ digest, mediaType, text }) => ({ mediaType, digest, size: text.length }));
  const headers = { 'Content-Type': INDEX };
  return Response.json({ schemaVersion: 2, mediaType: INDEX, manifests }, { headers });
}

/** Cuts every list of `whole` to what is asked for. */
function namesPage(
  { path, query }: FakeRequest,
  whole: Readonly<Record<string, string | readonly string[]>>,
  { pageSize = 100 }: OciQuirks,
): Response {
  const size = Math.min(pageSize, Number(query.get('n') ?? pageSize));
  const after = query.get('last') ?? '';
  const body: Record<string, string | readonly string[]> = {};
  const headers: Record<string, string> = {};
  for (const [field, names] of Object.entries(whole)) {
    if (typeof names === 'string') body[field] = names;
    else {
      const left = names.filter((name) => name > after);
      const page = left.slice(0, size);
      body[field] = page;
      const last = encodeURIComponent(page.at(-1) ?? '');
      if (left.length > size) headers['Link'] = `<${path}?n=${size}&last=${last}>; rel="next"`;
    }
  }
  return Response.json(body, { headers });
}
