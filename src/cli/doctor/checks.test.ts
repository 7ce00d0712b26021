import { describe, expect, it } from 'bun:test';
import type { Level } from './check.ts';
import { checkClock } from './clock-check.ts';
import { checkConfiguration } from './configuration-check.ts';
import { checkDataFolder, type DataFolderFacts } from './data-folder-check.ts';
import { checkHtpasswd } from './htpasswd-check.ts';
import { checkPort, parseAddress, type PortFacts } from './port-check.ts';
import { checkPublicUrl } from './public-url-check.ts';

const GIB = 1024 ** 3;

describe('the configuration', () => {
  it('is well when nothing is to be said', () => {
    expect(checkConfiguration({ problems: [], warnings: [] })).toMatchObject([{ level: 'ok' }]);
  });

  it('has each problem and each warning on its own', () => {
    const warnings = ['REGISTRY_URL (.env line 1) is ignored: …'];
    const findings = checkConfiguration({ problems: ['a', 'b'], warnings });
    expect(findings.map(({ level, message }) => [level, message])).toEqual([
      ['fail', 'a'],
      ['fail', 'b'],
      ['warn', 'REGISTRY_URL (.env line 1) is ignored: …'],
    ]);
  });
});

const FOLDER: DataFolderFacts = {
  path: '/srv/havre',
  exists: true,
  isFolder: true,
  isWritable: true,
  owner: 1000,
  self: 1000,
  freeBytes: 500 * GIB,
  totalBytes: 1000 * GIB,
  freeFiles: 900_000,
  totalFiles: 1_000_000,
};

describe('the data folder', () => {
  const cases: readonly (readonly [string, Partial<DataFolderFacts>, readonly Level[], string])[] = [
    ['that can be used', {}, ['ok', 'ok', 'ok'], 'nobody works with it now'],
    ['that is not there yet', { exists: false, isFolder: false }, ['ok', 'ok', 'ok'], 'the first start makes it'],
    ['that is a file', { isFolder: false }, ['fail'], '/srv/havre is a file'],
    ['of somebody else', { isWritable: false, owner: 0 }, ['fail'], 'belongs to user 0, and this is user 1000'],
    ['used by root', { self: 0 }, ['warn', 'ok', 'ok'], 'belongs to user 1000, and this is user 0'],
    ['on a disk that fills', { freeBytes: 50 * GIB }, ['ok', 'warn', 'ok'], 'Only 50 GiB of 1000 GiB are free'],
    ['on a full disk', { freeBytes: GIB / 2 }, ['ok', 'fail', 'ok'], 'Only 512 MiB of 1000 GiB are free: pushes fail'],
    ['with few inodes', { freeFiles: 50_000 }, ['ok', 'ok', 'warn'], '50,000 more files'],
    ['without inodes', { freeFiles: 3 }, ['ok', 'ok', 'fail'], 'pushes fail'],
    ['on a disk without such a limit', { freeFiles: 0, totalFiles: 0 }, ['ok', 'ok'], 'are free'],
  ];
  for (const [what, facts, levels, message] of cases) {
    it(what, () => {
      const findings = checkDataFolder({ ...FOLDER, ...facts }, undefined);
      expect(findings.map(({ level }) => level)).toEqual([...levels]);
      expect(findings.map((finding) => finding.message).join('\n')).toContain(message);
    });
  }

  it('says who works with it', () => {
    expect(checkDataFolder(FOLDER, 'process 7 on host')[0]?.message).toContain('in use by process 7 on host');
  });

  it('says how to become its owner', () => {
    const [finding] = checkDataFolder({ ...FOLDER, isWritable: false, owner: 0 }, undefined);
    expect(finding?.advice).toBe('For example: chown -R 1000 /srv/havre');
  });
});

describe('the clock', () => {
  const now = new Date('2026-11-20T10:00:00Z');

  it('is well when nothing contradicts it', () => {
    expect(checkClock({ now })).toEqual({ about: 'clock', level: 'ok', message: 'It is 2026-11-20 10:00 UTC.' });
    const elsewhere = { time: new Date('2026-11-20T10:00:59Z'), name: 'registry.lan' };
    expect(checkClock({ now, lastWritten: now, elsewhere }).level).toBe('ok');
  });

  it('was never set when it is before this program', () => {
    expect(checkClock({ now: new Date('1970-01-01') })).toMatchObject({ level: 'fail' });
  });

  it('went back when the folder was written later', () => {
    const lastWritten = new Date('2026-11-20T11:00:00Z');
    expect(checkClock({ now, lastWritten })).toMatchObject({ level: 'fail' });
  });

  it('may be wrong when another machine says so', () => {
    const elsewhere = { time: new Date('2026-11-20T09:55:00Z'), name: 'registry.lan' };
    expect(checkClock({ now, elsewhere })).toMatchObject({
      level: 'warn',
      message: 'The clock and that of registry.lan differ by 5 minutes.',
    });
  });
});

describe('the port', () => {
  const facts: PortFacts = { address: ':5000', state: 'free', isServing: false, isRegistry: false };
  const cases: readonly (readonly [string, Partial<PortFacts>, Level, string])[] = [
    ['free before the start', {}, 'ok', ':5000 is free'],
    ['answered by the registry', { state: 'taken', isServing: true, isRegistry: true }, 'ok', 'The registry answers'],
    ['taken by another program', { state: 'taken' }, 'fail', 'Another program'],
    ['taken by another registry', { state: 'taken', isRegistry: true }, 'fail', 'Another program'],
    ['silent while the folder is in use', { isServing: true }, 'warn', 'nothing listens'],
    ['not permitted', { state: 'EACCES' }, 'fail', 'may not listen'],
    ['of another machine', { state: 'EADDRNOTAVAIL' }, 'fail', 'no address of this machine'],
    ['of another family', { state: 'EAFNOSUPPORT' }, 'fail', 'EAFNOSUPPORT'],
  ];
  for (const [what, state, level, message] of cases) {
    it(`is ${what}`, () => {
      const finding = checkPort({ ...facts, ...state });
      expect(finding.level).toBe(level);
      expect(finding.message).toContain(message);
    });
  }

  it('is read from an address', () => {
    expect(parseAddress(':5000')).toEqual({ port: 5000 });
    expect(parseAddress('127.0.0.1:80')).toEqual({ host: '127.0.0.1', port: 80 });
    expect(parseAddress('[::1]:80')).toEqual({ host: '::1', port: 80 });
    expect(parseAddress('unix:/run/havre.sock')).toBeUndefined();
  });
});

describe('the htpasswd file', () => {
  const read = (users: number, ...problems: readonly { line: number; message: string }[]) => {
    return checkHtpasswd('/etc/htpasswd', { text: '' }, () => ({ users, problems })).map(
      ({ level, message }) => `${level}: ${message}`,
    );
  };

  it('has users', () => expect(read(2)).toEqual(['ok: /etc/htpasswd has 2 users.']));

  it('has lines that are no good', () => {
    expect(read(1, { line: 3, message: 'the password is plain text' })).toEqual([
      'warn: /etc/htpasswd line 3: the password is plain text.',
      'ok: /etc/htpasswd has 1 user.',
    ]);
  });

  it('has nobody', () => expect(read(0)).toEqual(['warn: /etc/htpasswd has no user who could log in.']));

  it('is not there', () => {
    const findings = checkHtpasswd('/etc/htpasswd', { failure: 'ENOENT' }, () => ({ users: 0, problems: [] }));
    expect(findings).toMatchObject([{ level: 'fail', message: '/etc/htpasswd cannot be read: ENOENT.' }]);
  });
});

describe('the public URL', () => {
  const origin = 'https://registry.lan';
  const cases = [
    ['answers', { status: 401, isRegistry: true }, true, 'ok'],
    ['is answered by something else', { status: 200, isRegistry: false }, true, 'fail'],
    ['is answered by a broken proxy', { status: 502, isRegistry: false }, true, 'fail'],
    ['does not answer while the server runs', { failure: 'nothing listens there.' }, true, 'fail'],
    ['does not answer before the start', { failure: 'nothing listens there.' }, false, 'warn'],
  ] as const;
  for (const [what, answer, isServing, level] of cases) {
    it(what, () => expect(checkPublicUrl(origin, answer, isServing).level).toBe(level));
  }
});
