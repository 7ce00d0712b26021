import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SECURITY_HEADERS } from './security-headers.ts';
import { typeOf } from './media-type.ts';

/** Answers what belongs to the console; `undefined` for a path, or a method, of somebody else's. */
export type Site = (request: Request, path: string) => Promise<Response> | undefined;

/** The page from which all views of the console are made. */
const PAGE = 'index.html';
/** Vite names what lies there by its content: a name never means anything else. */
const ASSETS = 'assets/';
/** What a server behind or beside us answers: no view of the console is ever there. */
const NO_VIEW = /^\/(?:v2|api|cloud|token|metrics|livez|readyz|startupz)(?:\/|$)/;
/** Of files: nothing that leads elsewhere. */
const FILE = /^\/(?:assets\/)?[A-Za-z0-9_-][A-Za-z0-9_.-]*$/;

/**
 * The console, as it was built into `folder`. Files are read when they are first asked for, and stay in memory: they are
 * few, and change with the program only.
 */
export function createSite(folder: string): Site {
  const files = new Map<string, Promise<StoredFile | undefined>>();
  const find = (name: string): Promise<StoredFile | undefined> => {
    let found = files.get(name);
    if (found === undefined) {
      found = readStored(folder, name);
      files.set(name, found);
      // What is not there is not remembered: names are for everybody to invent.
      void found.then((file) => file === undefined && files.delete(name));
    }
    return found;
  };
  return (request, path) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
    if (NO_VIEW.test(path)) return undefined;
    const isFile = FILE.test(path) && path.includes('.');
    if (isFile) return answerFile(request, path.slice(1), find);
    return wantsPage(request) ? answerPage(request, find) : undefined;
  };
}

interface StoredFile {
  readonly type: string;
  readonly etag: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** By content coding, the smallest first. */
  readonly encoded: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

type Find = (name: string) => Promise<StoredFile | undefined>;

/** Whoever types an address, or follows a link: not a program that asks for a file that is not there. */
function wantsPage({ headers }: Request): boolean {
  return headers.get('accept')?.includes('text/html') === true;
}

async function answerFile(request: Request, name: string, find: Find): Promise<Response> {
  const file = await find(name);
  if (file === undefined) return new Response('There is no such file.\n', { status: 404, headers: SECURITY_HEADERS });
  const isForEver = name.startsWith(ASSETS);
  return fileResponse(request, file, isForEver ? 'public, max-age=31536000, immutable' : 'no-cache');
}

async function answerPage(request: Request, find: Find): Promise<Response> {
  const page = await find(PAGE);
  if (page !== undefined) return fileResponse(request, page, 'no-cache');
  const text = 'The console is not built: run `npm run build:console`, and start again.\n';
  return new Response(text, { status: 503, headers: SECURITY_HEADERS });
}

function fileResponse(request: Request, file: StoredFile, caching: string): Response {
  const { type, etag, bytes, encoded } = file;
  const accepted = acceptedEncodings(request.headers.get('accept-encoding'));
  const [encoding, body] = [...encoded].find(([name]) => accepted.has(name)) ?? [undefined, bytes];
  // Of what is sent, not of what it means: each coding has one of its own.
  const tag = encoding === undefined ? `"${etag}"` : `"${etag}-${encoding}"`;
  const headers = new Headers({
    ...SECURITY_HEADERS,
    'Content-Type': type,
    'Cache-Control': caching,
    ETag: tag,
    Vary: 'Accept-Encoding',
  });
  if (isKnown(request.headers.get('if-none-match'), tag)) return new Response(null, { status: 304, headers });
  if (encoding !== undefined) headers.set('Content-Encoding', encoding);
  headers.set('Content-Length', String(body.byteLength));
  return new Response(request.method === 'HEAD' ? null : body, { headers });
}

function isKnown(ifNoneMatch: string | null, tag: string): boolean {
  const known = ifNoneMatch?.split(',').map((one) => one.trim().replace(/^W\//, '')) ?? [];
  return known.includes(tag) || known.includes('*');
}

/** @see RFC 9110 §12.5.3 */
function acceptedEncodings(header: string | null): ReadonlySet<string> {
  const names = (header ?? '').split(',').flatMap((part) => {
    const [name = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    return parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter)) ? [] : [name];
  });
  return new Set(names);
}

const CODINGS = [
  { name: 'br', ending: '.br' },
  { name: 'gzip', ending: '.gz' },
] as const;

async function readStored(folder: string, name: string): Promise<StoredFile | undefined> {
  const bytes = await readIfThere(join(folder, name));
  if (bytes === undefined) return undefined;
  const encoded = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const coding of CODINGS) {
    const smaller = await readIfThere(join(folder, name + coding.ending));
    if (smaller !== undefined) encoded.set(coding.name, smaller);
  }
  const etag = new Bun.CryptoHasher('sha256').update(bytes).digest('base64url').slice(0, 22);
  return { type: typeOf(name), etag, bytes, encoded };
}

async function readIfThere(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return new Uint8Array(await readFile(path));
  } catch {
    // Not there, or not readable: for whoever asks it is the same.
    return undefined;
  }
}
