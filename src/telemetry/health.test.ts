import { describe, expect, it } from 'bun:test';
import { Health, healthResponse, type HealthStage } from './health.ts';

async function ask(health: Health, stage: HealthStage, isVerbose = false): Promise<{ status: number; text: string }> {
  const response = healthResponse(await health.report(stage), isVerbose);
  return { status: response.status, text: await response.text() };
}

describe('health', () => {
  it('is live and nothing else while it starts', async () => {
    const health = new Health();
    expect(await ask(health, 'live')).toEqual({ status: 200, text: 'ok\n' });
    expect(await ask(health, 'startup')).toEqual({ status: 503, text: 'unavailable: process\n' });
    expect(await ask(health, 'ready')).toEqual({ status: 503, text: 'unavailable: process\n' });
  });

  it('is ready once started, when every check passes', async () => {
    const health = new Health();
    health.add('database', () => {});
    health.add('disk', async () => {});
    health.markStarted();
    expect(await ask(health, 'startup')).toMatchObject({ status: 200 });
    expect(await ask(health, 'ready')).toMatchObject({ status: 200 });
    expect(JSON.parse((await ask(health, 'ready', true)).text)).toEqual({
      status: 'ok',
      checks: { process: 'ok', database: 'ok', disk: 'ok' },
    });
  });

  it('says how each part is, also while it starts', async () => {
    const health = new Health();
    health.add('database', () => {});
    health.add('disk', () => Promise.reject(new Error('the disk is full')));
    expect(await health.checkParts()).toEqual([
      { name: 'database', isHealthy: true, message: 'ok' },
      { name: 'disk', isHealthy: false, message: 'the disk is full' },
    ]);
  });

  it('names what fails, says why when asked, lives on, and heals', async () => {
    const health = new Health();
    let failure: Error | undefined = new Error('the disk is full');
    health.add('database', () => {});
    health.add('disk', () => {
      if (failure !== undefined) throw failure;
    });
    health.markStarted();
    expect(await ask(health, 'ready')).toEqual({ status: 503, text: 'unavailable: disk\n' });
    expect(JSON.parse((await ask(health, 'ready', true)).text)).toEqual({
      status: 'unavailable',
      checks: { process: 'ok', database: 'ok', disk: 'the disk is full' },
    });
    expect(await ask(health, 'live')).toMatchObject({ status: 200 });
    failure = undefined;
    expect(await ask(health, 'ready')).toMatchObject({ status: 200 });
  });

  it('does not wait for a check that hangs', async () => {
    const health = new Health({ timeoutSeconds: 0.02 });
    health.add('disk', () => new Promise(() => {}));
    health.markStarted();
    expect((await ask(health, 'ready', true)).text).toContain('no answer in 0.02 s');
  });

  it('is not ready while it stops, though it started', async () => {
    const health = new Health();
    health.markStarted();
    health.markStopping();
    health.markStarted();
    expect(await ask(health, 'ready', true)).toMatchObject({ status: 503, text: expect.stringContaining('stopping') });
    expect(await ask(health, 'startup')).toMatchObject({ status: 200 });
  });
});
