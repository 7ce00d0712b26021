import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LAUNCHER } from '../support/command-line.ts';
import { plainEnvironment } from '../support/environment.ts';
import { removeFolder, temporaryFolder } from '../support/folders.ts';
import { run } from '../support/process.ts';
import { basicAuthorization, EarlyExitError, startHavre, type RunningHavre } from '../support/server.ts';

/** Nobody configured an administrator, so one is made. */
const UNCONFIGURED = { REGISTRY_USERNAME: undefined, REGISTRY_PASSWORD: undefined };

let data: string;
beforeEach(() => {
  data = temporaryFolder('first');
});
afterEach(() => removeFolder(data));

describe('the first start', () => {
  it('prints a password that is good for all', async () => {
    await using first = await startHavre({ data, env: UNCONFIGURED });
    expect(await statusFor(first, printedPassword(first.logs()))).toBe(200);
    expect(await first.stop()).toBe(0);

    await using second = await startHavre({ data, env: UNCONFIGURED });
    expect(printedPassword(second.logs())).toBeUndefined();
  }, 60_000);

  it('makes no password that nobody sees when its port is taken', async () => {
    using other = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: (socket) => void socket.end() } });
    const refusal = await startHavre({ data, port: other.port, env: UNCONFIGURED }).catch((reason: unknown) => reason);
    if (!(refusal instanceof EarlyExitError)) throw new Error('it started', { cause: refusal });
    expect(refusal.logs).toContain('already in use');
    expect(printedPassword(refusal.logs)).toBeUndefined();

    await using server = await startHavre({ data, env: UNCONFIGURED });
    expect(await statusFor(server, printedPassword(server.logs()))).toBe(200);
  }, 60_000);

  it('says that the images of another registry in its folder are not served', async () => {
    mkdirSync(join(data, 'docker/registry/v2/repositories/minio'), { recursive: true });
    await using server = await startHavre({ data });
    expect(server.logs()).toContain(`${data}/docker/registry/v2 holds images of another registry`);
  }, 60_000);

  it('says what is wrong with a data folder that cannot be one', async () => {
    const file = join(data, 'file');
    await Bun.write(file, '');
    const env = { ...plainEnvironment(), HAVRE_DATA: file };
    const { status, stderr } = await run(['node', LAUNCHER, 'serve'], { env });
    expect(status).toBe(1);
    expect(stderr).toStartWith(`havre: The data folder ${file} cannot be opened: `);
    expect(stderr).toContain('havre doctor');
  });
});

function printedPassword(logs: string): string | undefined {
  return /^ +password +(\S+)$/m.exec(logs)?.[1];
}

async function statusFor({ url }: RunningHavre, password = ''): Promise<number> {
  const { status } = await fetch(`${url}/v2/`, { headers: { Authorization: basicAuthorization('admin', password) } });
  return status;
}
