import { afterEach, describe, expect, it } from 'bun:test';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Connection } from './connection.ts';
import { type Handler, type Listener, type ListenerOptions, ListenError, openListener } from './listener.ts';

const running: Listener[] = [];

async function open(options: Partial<ListenerOptions>, handler: Handler): Promise<Listener> {
  const listener = await openListener({ address: '127.0.0.1:0', ...options }, handler);
  running.push(listener);
  return listener;
}

afterEach(async () => {
  for (const listener of running.splice(0)) await listener.stop(0);
});

const Connected = z.object({ source: z.string(), secure: z.boolean(), host: z.string(), requestId: z.string() });

/** What the promise is rejected with; one that is kept fails the test. */
async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('expected a failure');
}

function describeConnection(_request: Request, { source, secure, host, requestId }: Connection): Response {
  return Response.json({ source, secure, host, requestId });
}

describe('a listener', () => {
  it('says who asks, and how they named us', async () => {
    const listener = await open({}, describeConnection);
    const ask = async () => Connected.parse(await (await fetch(`${listener.url}/v2/`)).json());
    const first = await ask();
    const second = await ask();
    expect(first).toMatchObject({ source: '127.0.0.1', secure: false, host: `127.0.0.1:${listener.port}` });
    expect(second.requestId).not.toBe(first.requestId);
  });

  it('listens on IPv4 and IPv6 when no host is given', async () => {
    const listener = await open({ address: ':0' }, describeConnection);
    expect(await (await fetch(`http://127.0.0.1:${listener.port}/`)).json()).toMatchObject({ source: '127.0.0.1' });
    expect(await (await fetch(`http://[::1]:${listener.port}/`)).json()).toMatchObject({ source: '::1' });
  });

  it('names the port that is taken', async () => {
    const listener = await open({}, describeConnection);
    const error = await failure(openListener({ address: `127.0.0.1:${listener.port}` }, describeConnection));
    expect(error).toBeInstanceOf(ListenError);
    expect(error.message).toContain(`127.0.0.1:${listener.port} is already in use`);
  });

  it('names an address that is not ours', async () => {
    const error = await failure(openListener({ address: '192.0.2.1:0' }, describeConnection));
    expect(error.message).toBe('192.0.2.1:0 is not an address of this machine');
  });

  it('keeps what a handler threw from the client, and reports it', async () => {
    const errors: unknown[] = [];
    const listener = await open({ onError: (error) => errors.push(error) }, () => {
      throw new Error('secret detail');
    });
    const response = await fetch(listener.url);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(String(errors[0])).toContain('secret detail');
  });
});

describe('a socket file', () => {
  it('answers its owner only, and is gone after the stop', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'havre-'));
    const path = join(folder, 'control.sock');
    const listener = await open({ address: `unix:${path}` }, describeConnection);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await (await fetch('http://localhost/', { unix: path })).json()).toMatchObject({
      source: '',
      host: 'localhost',
    });

    const error = await failure(openListener({ address: `unix:${path}` }, describeConnection));
    expect(error.message).toContain('already in use');
    await listener.stop(0);
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
    rmSync(folder, { recursive: true });
  });
});

describe('a socket file that somebody left behind', () => {
  it('is taken over', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'havre-'));
    const path = join(folder, 'control.sock');
    const program = `Bun.serve({ unix: ${JSON.stringify(path)}, fetch: () => new Response('old') }); console.log('ready')`;
    const killed = Bun.spawn([process.execPath, '-e', program], { stdout: 'pipe' });
    await killed.stdout.getReader().read();
    const error = await failure(openListener({ address: `unix:${path}` }, describeConnection));
    expect(error.message).toContain('already in use');

    killed.kill('SIGKILL');
    await killed.exited;
    await open({ address: `unix:${path}` }, describeConnection);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await fetch('http://localhost/', { unix: path })).status).toBe(200);
    rmSync(folder, { recursive: true });
  });
});

describe('stopping', () => {
  it('lets a running request finish, and refuses new ones', async () => {
    const entered = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const listener = await open({}, async () => {
      entered.resolve();
      await release.promise;
      return new Response('done');
    });
    const running = fetch(listener.url);
    await entered.promise;

    const stopped = listener.stop(30);
    await failure(fetch(listener.url));
    release.resolve();
    expect(await (await running).text()).toBe('done');
    expect(await stopped).toBe(0);
  });

  it('cuts what is still running when the time is up', async () => {
    const entered = Promise.withResolvers<void>();
    const listener = await open({}, async () => {
      entered.resolve();
      await new Promise(() => {});
      return new Response('never');
    });
    const running = fetch(listener.url).catch(() => 'cut');
    await entered.promise;
    expect(await listener.stop(0.05)).toBe(1);
    expect(await running).toBe('cut');
  });
});
