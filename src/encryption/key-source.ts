import { randomBytes } from 'node:crypto';
import { chmod, open, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KEY_BYTES, SecretBox } from './secret-box.ts';

/** Keys cannot be had from where they are said to be. The message says what to do. */
export class SecretsKeyError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The keys in a file of ours, the one in use first; empty: there is no file. */
export async function readKeyFile(file: string): Promise<readonly SecretBox[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return [];
  const { mode } = await stat(file);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new SecretsKeyError(
      `The key of secrets lies in ${file}, which others may read (mode 0${(mode & 0o777).toString(8)}): run "chmod 600 ${file}", and change the key if others use this machine (havre secrets rotate-key).`,
    );
  }
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => new SecretBox(Buffer.from(line, 'base64')));
}

/** A new key in base64, as it is written. */
export function newKey(): string {
  return randomBytes(KEY_BYTES).toString('base64');
}

/** Durable before anything is sealed by it, and there as a whole or not at all. */
export async function writeKeyFile(file: string, keys: readonly string[]): Promise<void> {
  const unfinished = `${file}.new`;
  const handle = await open(unfinished, 'w', 0o600);
  try {
    await chmod(unfinished, 0o600); // one that was left behind may have another mode
    await handle.writeFile(keys.map((key) => `${key}\n`).join(''));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
  const folder = await open(dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const COMMAND_SECONDS = 15;
const MOST_BYTES = 16_384;

/**
 * The keys that a command prints, a line each, the one in use first. It runs without a shell, and what it prints is not
 * shown to anybody.
 *
 * @param command program and arguments.
 */
export async function keysOfCommand(
  command: readonly string[],
  seconds = COMMAND_SECONDS,
): Promise<readonly SecretBox[]> {
  const [program = ''] = command;
  const failed = (why: string, cause?: unknown): SecretsKeyError =>
    new SecretsKeyError(`The command ${program} of secrets.keyCommand ${why}.`, { cause });
  let child: Bun.Subprocess<'ignore', 'pipe', 'ignore'>;
  try {
    child = Bun.spawn([...command], {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'ignore',
      timeout: seconds * 1000,
      killSignal: 'SIGKILL',
      maxBuffer: MOST_BYTES,
    });
  } catch (error) {
    throw failed('cannot be run', error);
  }
  // Whatever it left behind may hold its output open.
  const output = Promise.race([child.stdout.text(), Bun.sleep(seconds * 1000).then(() => '')]);
  const [text, code] = await Promise.all([output, child.exited]);
  if (child.signalCode !== null) throw failed(`did not end within ${seconds} seconds, or printed too much`);
  if (code !== 0) throw failed(`ended with ${code}`);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const isKey = (line: string): boolean =>
    /^[A-Za-z0-9+/]+={0,2}$/.test(line.trim()) && Buffer.from(line, 'base64').byteLength === KEY_BYTES;
  if (lines.length === 0 || !lines.every(isKey)) {
    throw failed(`printed no key: ${KEY_BYTES} random bytes in base64, a line each`);
  }
  return lines.map((line) => new SecretBox(Buffer.from(line, 'base64')));
}
