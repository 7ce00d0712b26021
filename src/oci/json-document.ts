import { ManifestInvalidError } from './errors.ts';

/** Strict, and keeps a byte order mark, so that `JSON.parse` refuses it. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Real manifests stay below 10. Bounded because many JSON readers, among them our clients', recurse. */
const MAX_DEPTH = 100;

/**
 * Lists, objects and the commas in them. 10,000 layers with annotations have some 70,000; more in 4 MiB is not a
 * manifest, and would keep the process from its other clients while it is read.
 */
const MAX_VALUES = 100_000;

/**
 * Reads a JSON document that everybody will read alike: UTF-8 without a byte order mark, nested at most 100 deep, with
 * at most 100,000 values, and no object with one key twice (of which some readers keep the first and some the last).
 *
 * @throws {ManifestInvalidError}
 */
export function parseJsonDocument(bytes: Uint8Array): unknown {
  try {
    const text = UTF8.decode(bytes);
    refuseAmbiguity(text);
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof ManifestInvalidError) throw error;
    throw new ManifestInvalidError('manifest is not JSON in UTF-8', undefined, { cause: error });
  }
}

/**
 * One pass over the brackets, before `JSON.parse` spends memory on them. Text that is not JSON may pass, for
 * `JSON.parse` refuses it after.
 *
 * @throws {SyntaxError} a key with a wrong escape.
 */
function refuseAmbiguity(text: string): void {
  /** The keys of each open object, `undefined` for an open list. */
  const open: (Set<string> | undefined)[] = [];
  let expectsKey = false;
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      if (expectsKey) addKey(open.at(-1), text.slice(at, end + 1));
      at = end;
    } else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      open.push(code === OPEN_OBJECT ? new Set() : undefined);
      if (open.length > MAX_DEPTH) throw new ManifestInvalidError(`manifest is nested deeper than ${MAX_DEPTH}`);
      expectsKey = code === OPEN_OBJECT;
      values++;
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) {
      open.pop();
      expectsKey = false;
    } else if (code === COLON) {
      expectsKey = false;
    } else if (code === COMMA) {
      expectsKey = open.at(-1) !== undefined;
      values++;
    }
    if (values > MAX_VALUES) throw new ManifestInvalidError(`manifest has more than ${MAX_VALUES} values`);
  }
}

function addKey(keys: Set<string> | undefined, literal: string): void {
  const key: string = literal.includes('\\') ? JSON.parse(literal) : literal.slice(1, -1);
  if (keys?.has(key) === true) {
    throw new ManifestInvalidError('manifest has a field twice in one object', { field: key.slice(0, 100) });
  }
  keys?.add(key);
}

/** The index of the closing quote, or the end of a text that has none. A quote after an odd run of backslashes is escaped. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
