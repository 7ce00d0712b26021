import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { SecretUnreadableError } from './secret-box.ts';
import { SecretsKeyError } from './key-source.ts';
import { Secrets, SecretsKeyMissingError, type SecretsOptions } from './secrets.ts';

let folder: string;

beforeEach(() => {
  folder = temporaryFolder('secrets');
});

afterEach(() => removeFolder(folder));

const KEY = randomBytes(32).toString('base64');

function secrets(options: Partial<SecretsOptions> = {}): Secrets {
  return new Secrets({ key: undefined, file: join(folder, 'secrets.key'), isShared: false, ...options });
}

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a secret', () => {
  it('is opened by whoever has the key, and does not show in what is stored', async () => {
    const sealed = await secrets({ key: KEY }).seal('whsec_abc', 'webhook ci');
    expect(sealed).not.toContain('whsec');
    expect(await secrets({ key: KEY }).open(sealed, 'webhook ci')).toBe('whsec_abc');
  });

  it('is sealed differently each time', async () => {
    const box = secrets({ key: KEY });
    expect(await box.seal('same', 'x')).not.toBe(await box.seal('same', 'x'));
  });

  it('is for what it was sealed for, and for nothing else', async () => {
    const box = secrets({ key: KEY });
    const sealed = await box.seal('whsec_abc', 'webhook ci');
    expect(await failure(box.open(sealed, 'webhook other'))).toBeInstanceOf(SecretUnreadableError);
  });

  it('that was changed is refused', async () => {
    const box = secrets({ key: KEY });
    const sealed = await box.seal('whsec_abc', 'x');
    const at = sealed.lastIndexOf('.') + 3;
    const changed = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`;
    const shortened = sealed.slice(0, sealed.lastIndexOf('.') + 5);
    for (const text of [changed, shortened, 'nonsense', '']) {
      expect(await failure(box.open(text, 'x'))).toBeInstanceOf(SecretUnreadableError);
    }
  });

  it('of another key says which one is missing', async () => {
    const sealed = await secrets({ key: KEY }).seal('abc', 'x');
    const error = await failure(secrets({ key: randomBytes(32).toString('base64') }).open(sealed, 'x'));
    expect(String(error)).toContain(sealed.split('.')[1] ?? 'no key');
  });
});

describe('the key', () => {
  it('is made when it is first needed, for the eyes of one user, and found again', async () => {
    const sealed = await secrets().seal('abc', 'x');
    const { mode } = statSync(join(folder, 'secrets.key'));
    expect(mode & 0o777).toBe(0o600);
    expect(await secrets().open(sealed, 'x')).toBe('abc');
    expect(await secrets().open(await secrets().seal('def', 'x'), 'x')).toBe('def');
  });

  it('is one, also when two ask for it at once', async () => {
    const box = secrets();
    const [one, two] = await Promise.all([box.seal('1', 'x'), box.seal('2', 'x')]);
    expect(await secrets().open(one, 'x')).toBe('1');
    expect(await secrets().open(two, 'x')).toBe('2');
  });

  it('that was made here still opens what it sealed when another is configured', async () => {
    const sealed = await secrets().seal('abc', 'x');
    expect(await secrets({ key: KEY }).open(sealed, 'x')).toBe('abc');
    expect(await secrets({ key: KEY }).seal('abc', 'x')).not.toContain(sealed.split('.')[1] ?? 'no key');
  });

  it('is not made where several nodes need the same: the error says what to do', async () => {
    const error = await failure(secrets({ isShared: true }).seal('abc', 'x'));
    expect(error).toBeInstanceOf(SecretsKeyMissingError);
    expect(String(error)).toContain('HAVRE_SECRETS_KEY');
    expect(() => readFileSync(join(folder, 'secrets.key'))).toThrow();
  });

  it('that is cut short is refused, not replaced', async () => {
    writeFileSync(join(folder, 'secrets.key'), 'AAAA\n', { mode: 0o600 });
    expect(await failure(secrets().seal('abc', 'x'))).toBeInstanceOf(TypeError);
    expect(readFileSync(join(folder, 'secrets.key'), 'utf8')).toBe('AAAA\n');
  });
});

describe('the key', () => {
  it('that others may read is refused, and what to do is said', async () => {
    writeFileSync(join(folder, 'secrets.key'), `${KEY}\n`, { mode: 0o644 });
    const error = await failure(secrets().seal('abc', 'x'));
    expect(error).toBeInstanceOf(SecretsKeyError);
    expect(String(error)).toContain('chmod 600');
    expect(String(error)).not.toContain(KEY);
  });

  it('that is configured is one of several: those before it open, and do not seal', async () => {
    const old = await secrets({ key: KEY }).seal('abc', 'x');
    const other = randomBytes(32).toString('base64');
    const now = secrets({ key: other, previousKeys: [KEY] });
    expect(await now.open(old, 'x')).toBe('abc');
    const resealed = await now.reseal(old, 'x');
    expect(await secrets({ key: other }).open(resealed ?? '', 'x')).toBe('abc');
    expect(await now.reseal(resealed ?? '', 'x')).toBeUndefined();
    expect(await now.renewKey()).toBe(false);
  });

  it('may be printed by a command, which no shell reads', async () => {
    const command = ['printf', '%s\n', KEY];
    const sealed = await secrets({ command }).seal('abc', 'x');
    expect(await secrets({ key: KEY }).open(sealed, 'x')).toBe('abc');
  });

  it('that a command does not print is asked for again, and nothing that it printed is shown', async () => {
    for (const command of [['false'], ['echo', 'hush-hush'], ['/no/such/program'], ['true']]) {
      const error = await failure(secrets({ command }).seal('abc', 'x'));
      expect(error).toBeInstanceOf(SecretsKeyError);
      expect(String(error)).not.toContain('hush');
    }
  });
});
