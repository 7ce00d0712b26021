import { resolve } from 'node:path';
import type { Kind } from './setting.ts';
import { path } from './value-kinds.ts';

/** Where bytes are kept. */
export type StorageLocation =
  | { readonly kind: 'folder'; readonly path: string }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      /** Begins every key; empty, or ends in a slash. */
      readonly prefix: string;
      /** Origin of the server; without one, AWS's own for the region. */
      readonly endpoint: string | undefined;
      readonly region: string | undefined;
      /** `https://endpoint/bucket/key` instead of `https://bucket.endpoint/key`. Default: with an endpoint of one's own. */
      readonly pathStyle: boolean;
    };

const PARAMETERS = ['endpoint', 'region', 'pathStyle'];

/** A folder, or `s3://bucket/prefix?endpoint=…&region=…&pathStyle=…`. Credentials are never in it: see docs/configuration.md. */
export const storageLocation: Kind<StorageLocation> = {
  expects: 'a folder, or s3://bucket/prefix?endpoint=https://s3.example.org&region=eu-west-1',
  yaml: 'text',
  read: (text, cwd) => (/^[a-z0-9+]+:\/\//i.test(text) ? readS3(text) : readFolder(text, cwd)),
  hint: hintOf,
};

function readFolder(text: string, cwd: string): StorageLocation | undefined {
  const folder = path.read(text, cwd);
  return folder === undefined ? undefined : { kind: 'folder', path: resolve(folder) };
}

function readS3(text: string): StorageLocation | undefined {
  if (!/^s3:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const { searchParams: given } = url;
  if (url.hostname === '' || url.username !== '' || url.password !== '' || url.port !== '') return undefined;
  if ([...given.keys()].some((key) => !PARAMETERS.includes(key))) return undefined;
  const endpoint = given.get('endpoint') ?? undefined;
  if (endpoint !== undefined && !isOrigin(endpoint)) return undefined;
  const pathStyle = given.get('pathStyle') ?? String(endpoint !== undefined);
  if (pathStyle !== 'true' && pathStyle !== 'false') return undefined;
  const prefix = decodeURIComponent(url.pathname).replaceAll(/^\/+|\/+$/g, '');
  return {
    kind: 's3',
    // Of the text: a URL lower-cases its host, and old buckets have capitals.
    bucket: /^s3:\/\/([^/?]+)/i.exec(text)?.[1] ?? url.hostname,
    prefix: prefix === '' ? '' : `${prefix}/`,
    endpoint: endpoint === undefined ? undefined : new URL(endpoint).origin,
    region: given.get('region') ?? undefined,
    pathStyle: pathStyle === 'true',
  };
}

function isOrigin(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text) && /^\/?$/.test(new URL(text).pathname);
}

function hintOf(text: string): string | undefined {
  if (!/^s3:\/\//i.test(text)) return text.includes('://') ? 'Of URLs, only s3:// is known.' : path.hint?.(text);
  if (/^s3:\/\/[^/]*@/i.test(text))
    return 'Credentials are not part of it: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.';
  return `Its parameters are ${PARAMETERS.join(', ')}; an endpoint has a scheme and no path.`;
}
