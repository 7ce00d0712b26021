import { createHash } from 'node:crypto';
import { isBcryptHash } from './password.ts';

export interface HtpasswdEntry {
  readonly name: string;
  /** bcrypt. */
  readonly hash: string;
  /** A fingerprint of the hash: another password, or the same one set again, is another generation. */
  readonly generation: string;
}

/** A line that was not taken, or not taken as its author may think. Never quotes the line: it may be a secret. */
export interface HtpasswdProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

export interface Htpasswd {
  readonly entries: ReadonlyMap<string, HtpasswdEntry>;
  readonly problems: readonly HtpasswdProblem[];
}

const MAX_NAME_CHARACTERS = 255;

/** Reads what `htpasswd -B` writes. As in Docker's registry, the last line of a name counts. */
export function parseHtpasswd(text: string): Htpasswd {
  const entries = new Map<string, HtpasswdEntry>();
  const problems: HtpasswdProblem[] = [];
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0));
    const hash = line.slice(colon + 1).trim();
    const problem = colon === -1 ? 'there is no colon between name and hash' : (nameProblem(name) ?? hashProblem(hash));
    if (problem !== undefined) {
      problems.push({ line: index + 1, message: `${problem}; the line is skipped` });
      continue;
    }
    if (entries.has(name)) {
      problems.push({ line: index + 1, message: 'this name has an earlier line; the last one counts' });
    }
    entries.set(name, { name, hash, generation: fingerprint(hash) });
  }
  return { entries, problems };
}

function nameProblem(name: string): string | undefined {
  if (name === '') return 'the name is empty';
  if (name.length > MAX_NAME_CHARACTERS) return `the name is longer than ${MAX_NAME_CHARACTERS} characters`;
  return /\p{Cc}/u.test(name) ? 'the name has control characters' : undefined;
}

function hashProblem(hash: string): string | undefined {
  if (isBcryptHash(hash)) return undefined;
  const kind = KINDS.find(({ form }) => form.test(hash))?.kind ?? 'no hash that is known here';
  return `the password is ${kind}; only bcrypt is accepted, as made by htpasswd -B`;
}

const KINDS: readonly { readonly form: RegExp; readonly kind: string }[] = [
  { form: /^\$2/, kind: 'a damaged bcrypt hash' },
  { form: /^\$apr1\$|^\$1\$/, kind: 'an MD5 hash, which is broken' },
  { form: /^\{SHA\}/, kind: 'a SHA-1 hash without salt, which is broken' },
  { form: /^\$[56]\$/, kind: 'a SHA-2 crypt hash' },
  { form: /^[./A-Za-z0-9]{13}$/, kind: 'a DES crypt hash, which is broken, or plain text' },
];

function fingerprint(hash: string): string {
  return createHash('sha256').update(hash).digest('hex').slice(0, 16);
}
