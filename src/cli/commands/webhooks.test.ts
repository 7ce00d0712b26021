import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openInstallation, type Installation } from '../../../test/support/admin.ts';
import { runHavre, type CliResult } from '../../../test/support/cli.ts';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import { openReceiver, type Receiver } from '../../../test/support/receiver.ts';

let installation: Installation;
let receiver: Receiver;
let folder: string;

beforeEach(async () => {
  installation = await openInstallation();
  receiver = openReceiver();
  folder = temporaryFolder('webhooks');
});

afterEach(async () => {
  receiver[Symbol.dispose]();
  await installation.close();
  removeFolder(folder);
});

function havre(...line: readonly string[]): Promise<CliResult> {
  return runHavre(['webhook', ...line], { installation });
}

describe('havre webhook', () => {
  it('adds one, and prints its secret alone on stdout', async () => {
    const { exitCode, stdout, stderr } = await havre(
      'add',
      'ci',
      receiver.url,
      '--event',
      'push',
      '--repository',
      'team/**',
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^whsec_[\w+/]{43}=\n$/);
    expect(stderr).toContain('havre webhook ping ci');
    const { stdout: list } = await havre('list');
    expect(list).toContain('push in team/**');
    expect(list).toContain('enabled');
    expect(list).not.toContain('whsec_');
  });

  it('tries it, and says what was answered', async () => {
    await havre('add', 'ci', receiver.url);
    receiver.answer(() => new Response('pong', { status: 200 }));
    expect(await havre('ping', 'ci')).toMatchObject({ exitCode: 0, stdout: 'Taken: 200\npong\n' });
    receiver.answer(() => new Response('who are you?', { status: 401 }));
    expect(await havre('ping', 'ci')).toMatchObject({
      exitCode: 1,
      stdout: 'Not taken: the receiver answered 401\nwho are you?\n',
    });
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({ type: 'io.havre.registry.webhook.pinged' });
    const { stdout } = await havre('deliveries', 'ci');
    expect(stdout).toContain('webhook.pinged');
    expect(stdout).toContain('the receiver answered 401');
  });

  it('sends headers from a file, and never shows them', async () => {
    const file = join(folder, 'headers.txt');
    writeFileSync(file, 'Authorization: Bearer topsecret\n');
    await havre('add', 'ci', receiver.url, '--header-file', file, '--header', 'X-Team: a', '--unsigned');
    await havre('ping', 'ci');
    expect(receiver.received[0]?.headers.get('authorization')).toBe('Bearer topsecret');
    expect(receiver.received[0]?.headers.get('x-team')).toBe('a');
    const { stdout } = await havre('list', '--json');
    expect(JSON.parse(stdout)).toMatchObject([{ headers: ['X-Team', 'Authorization'], isSigned: false }]);
    expect(stdout).not.toContain('topsecret');
  });

  it('disables, enables, gives another secret, and removes', async () => {
    await havre('add', 'ci', receiver.url);
    expect((await havre('disable', 'ci')).exitCode).toBe(0);
    expect((await havre('list')).stdout).toContain('disabled');
    expect((await havre('enable', 'ci')).exitCode).toBe(0);
    expect((await havre('secret', 'ci')).stdout).toMatch(/^whsec_/);
    expect((await havre('remove', 'ci')).exitCode).toBe(0);
    expect((await havre('list')).stdout).toContain('There are no webhooks.');
  });

  it('sends again what somebody names', async () => {
    await havre('add', 'ci', receiver.url);
    await havre('ping', 'ci');
    const { stdout } = await havre('deliveries', 'ci', '--json');
    const { deliveries } = JSON.parse(stdout) as { deliveries: { id: number }[] };
    const replayed = await havre('replay', 'ci', '--delivery', String(deliveries[0]?.id));
    expect(replayed.stdout).toBe('1 event to be sent again.\n');
    expect((await havre('replay', 'ci')).exitCode).toBe(2);
    expect((await havre('replay', 'ci', '--since', 'tomorrow')).exitCode).toBe(2);
  });

  it('says why an address is not called, and what would let it through', async () => {
    const { exitCode, stderr } = await havre('add', 'ci', 'http://169.254.169.254/latest/meta-data/');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('egress.allow');
  });
});
