import { AccountInvalidError } from './account-errors.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}$/;

/** What a grant may be given to without being a name. */
const RESERVED = new Set(['anonymous', 'authenticated', 'everybody', 'local']);

/**
 * A name that can stand in a URL, on a command line and in a log, whatever the shell.
 *
 * @throws {AccountInvalidError}
 */
export function checkNewName(name: string): void {
  if (RESERVED.has(name)) throw new AccountInvalidError(`The name "${name}" has a meaning of its own here.`);
  if (NAME.test(name)) return;
  throw new AccountInvalidError(
    'A name has letters, digits and . _ @ + -, begins with a letter or a digit, and has at most 128 characters.',
  );
}

/**
 * A name from the configuration need only be one that a client can send.
 *
 * @throws {AccountInvalidError}
 */
export function checkUsableName(name: string): void {
  const isUsable = name !== '' && name.length <= 128 && !/[:\p{Cc}]/u.test(name) && !RESERVED.has(name);
  if (!isUsable) throw new AccountInvalidError('A user name cannot be empty, have a colon, or be over 128 characters.');
}
