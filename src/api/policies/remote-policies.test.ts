import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import type { FakeRequest } from '../../../test/fakes/fake.ts';
import { FakeRepository } from '../../../test/fakes/fake-repository.ts';
import { openConnected, SECRET_THERE, type Connected } from '../../../test/support/connected.ts';
import { PolicyRunner } from '../../policies/policy-runner.ts';

let connected: Connected;
let id: string;

beforeEach(async () => {
  connected = await openConnected();
  id = await connected.connect('pn-1', 'one');
  for (const tag of ['v1', 'v2', 'v3', 'v4']) connected.app.push({ tags: [tag], pushedAt: pushedAt(tag) });
});

afterEach(() => connected[Symbol.asyncDispose]());

const SIGNAL = new AbortController().signal;

function pushedAt(tag: string): Date {
  return new Date(`2026-10-0${tag.slice(1)}T12:00:00Z`);
}

/** Keeps so many of the newest versions. */
function keeping(countNumber: number, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const selection = { tagStatus: 'tagged', tagPrefixList: ['v'], countType: 'imageCountMoreThan', countNumber };
  const document = JSON.stringify({ rules: [{ rulePriority: 1, selection, action: { type: 'expire' } }] });
  return { name: 'keep', kind: 'ecr', patterns: ['team/*'], document, registry: id, ...more };
}

function tagsThere(): readonly string[] {
  return [...connected.app.tags.keys()].toSorted();
}

async function lines(path: string, body: object): Promise<readonly Record<string, unknown>[]> {
  const { text } = await connected.ask('POST', path, body);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function runsOf(name = 'keep'): Promise<readonly Record<string, unknown>[]> {
  return (await connected.ask('GET', `/policies/${name}/runs`)).document.runs;
}

function advance(hours: number): void {
  const { clock } = connected.installation;
  clock.now = new Date(clock.now.getTime() + hours * 3_600_000);
}

describe('a policy for a connected registry', () => {
  it('is told with its registry, and listed by it', async () => {
    const other = await connected.connect('pn-1', 'two');
    const added = await connected.ask('POST', '/policies', keeping(2));
    expect(added.status).toBe(201);
    expect(added.document.policy).toMatchObject({ name: 'keep', registry: { id, name: 'one' } });
    await connected.ask('POST', '/policies', keeping(2, { name: 'here', registry: null }));
    await connected.ask('POST', '/policies', keeping(2, { name: 'there', registry: other }));
    const namesAt = async (query: string): Promise<readonly string[]> =>
      (await connected.ask('GET', `/policies${query}`)).document.policies.map(({ name }: { name: string }) => name);
    expect(await namesAt('')).toEqual(['here', 'keep', 'there']);
    expect(await namesAt(`?registry=${other}`)).toEqual(['there']);
    expect(await namesAt('?limit=1&after=here')).toEqual(['keep']);
    expect((await connected.ask('GET', '/policies?registry=reg-0')).status).toBe(404);
    expect((await connected.ask('POST', '/policies', keeping(2, { name: 'new', registry: 'reg-0' }))).status).toBe(404);
  });

  it('has a name that no other policy has, wherever that is', async () => {
    await connected.ask('POST', '/policies', keeping(2));
    const again = await connected.ask('POST', '/policies', keeping(2, { registry: null }));
    expect(again).toMatchObject({ status: 409, document: { type: '/api/v1/problems/POLICY_TAKEN' } });
  });

  it('is previewed there, and deletes there what was previewed', async () => {
    await connected.ask('POST', '/policies', keeping(2));
    const preview = await connected.ask('POST', '/policies/keep/preview', {});
    expect(preview.document.plan).toMatchObject({ source: { kind: 'remote', name: 'one' }, summary: { manifests: 2 } });
    expect(tagsThere()).toEqual(['v1', 'v2', 'v3', 'v4']);
    const run = await lines('/policies/keep/run', {});
    expect(run.at(-1)).toMatchObject({
      event: 'done',
      report: {
        plan: { source: { kind: 'remote' }, state: 'applied' },
        summary: { planned: 2, manifests: 2, kept: 0 },
      },
    });
    expect(tagsThere()).toEqual(['v3', 'v4']);
    expect(await runsOf()).toMatchObject([{ state: 'done', trigger: 'local administrator', error: null }]);
  });

  it('deletes nothing when it only looks', async () => {
    await connected.ask('POST', '/policies', keeping(2));
    const run = await lines('/policies/keep/run', { dryRun: true });
    expect(run.at(-1)).toMatchObject({ report: { summary: { isDryRun: true, planned: 2, manifests: 0 } } });
    expect(tagsThere()).toEqual(['v1', 'v2', 'v3', 'v4']);
  });

  it('is for this registry, or for another one, when somebody says so', async () => {
    const other = await connected.connect('pn-1', 'two');
    await connected.ask('POST', '/policies', keeping(2));
    const moved = await connected.ask('PUT', '/policies/keep', { registry: other });
    expect(moved.document.policy).toMatchObject({ registry: { id: other, name: 'two' }, patterns: ['team/*'] });
    const kept = await connected.ask('PUT', '/policies/keep', { isDryRun: true });
    expect(kept.document.policy).toMatchObject({ registry: { id: other }, isDryRun: true });
    const here = await connected.ask('PUT', '/policies/keep', { registry: null, isDryRun: false });
    expect(here.document.policy).toMatchObject({ registry: null });
    await lines('/policies/keep/run', {});
    expect(tagsThere()).toEqual(['v1', 'v2', 'v3', 'v4']);
    expect((await connected.ask('PUT', '/policies/keep', { registry: 'reg-0' })).status).toBe(404);
  });

  it('asks for nothing that other registries do not tell', async () => {
    const document = 'rules: [{ action: expire, select: { labels: { stage: test } } }]';
    const labelled = { kind: 'native', document };
    const refused = await connected.ask('POST', '/policies', keeping(2, labelled));
    expect(refused).toMatchObject({ status: 400, document: { type: '/api/v1/problems/POLICY_INVALID' } });
    await connected.ask('POST', '/policies', keeping(2, { ...labelled, registry: null }));
    expect((await connected.ask('PUT', '/policies/keep', { registry: id })).status).toBe(400);
  });

  it('keeps its registry from being removed', async () => {
    await connected.ask('POST', '/policies', keeping(2));
    await connected.ask('POST', '/policies', keeping(2, { name: 'also' }));
    const refused = await connected.ask('DELETE', `/registries/${id}`);
    expect(refused).toMatchObject({ status: 409, document: { type: '/api/v1/problems/REGISTRY_IN_USE' } });
    expect(refused.document.detail).toContain('"one": also, keep.');
    expect((await connected.ask('GET', `/registries/${id}`)).status).toBe(200);
    await connected.ask('DELETE', '/policies/keep');
    await connected.ask('PUT', '/policies/also', { registry: null });
    expect((await connected.ask('DELETE', `/registries/${id}`)).status).toBe(200);
  });

  it('is written down with its registry, and without its secret', async () => {
    await connected.ask('POST', '/policies', keeping(2));
    await lines('/policies/keep/run', {});
    const { document, text } = await connected.ask('GET', '/audit?limit=100');
    const about = (wanted: string) =>
      document.entries.find(({ action }: { action: string }) => action === wanted)?.details;
    expect(about('policy.created')).toMatchObject({ policy: 'keep', registry: id });
    expect(about('policy.run')).toMatchObject({ policy: 'keep', registry: id, state: 'done', manifests: 2 });
    expect(about('registry.images-deleted')).toMatchObject({ registry: id, repository: 'team/app' });
    expect(text).not.toContain(SECRET_THERE);
  });
});

describe('a run at another registry', () => {
  it('counts and tells what that refuses', async () => {
    await connected.ask('POST', '/policies', keeping(2));
    refuseNextDeletion();
    const run = await lines('/policies/keep/run', {});
    expect(run).toContainEqual({
      event: 'kept',
      repository: 'team/app',
      digest: expect.stringMatching(/^sha256:/),
      reason: expect.stringContaining('a retention rule of ours'),
    });
    expect(run.at(-1)).toMatchObject({ event: 'done', report: { summary: { planned: 2, manifests: 1, kept: 1 } } });
    expect(await runsOf()).toMatchObject([{ state: 'done', summary: { manifests: 1, kept: 1 } }]);
    expect(tagsThere()).toHaveLength(3);
  });

  it('fails with the words of whoever refused the credentials', async () => {
    await connected.ask('POST', '/policies', keeping(2));
    connected.fake.users.clear();
    const run = await lines('/policies/keep/run', {});
    const { problem } = run.at(-1) as { problem: { type: string; detail: string } };
    expect(problem.type).toBe('/api/v1/problems/REGISTRY_FAILED');
    expect(await runsOf()).toMatchObject([{ state: 'failed', error: problem.detail, summary: null, planId: null }]);
    expect(tagsThere()).toHaveLength(4);
    expect((await connected.ask('GET', '/audit?limit=100')).text).not.toContain(SECRET_THERE);
  });

  it('that fails half-way tells what had gone', async () => {
    const web = new FakeRepository('team/web');
    connected.fake.repositories.set('team/web', web);
    web.pushMany(3);
    await connected.ask('POST', '/policies', keeping(2));
    const matches = ({ method }: FakeRequest) => method === 'GET' && connected.fake.requests.some(deletes);
    connected.fake.interrupt({ matches, reply: () => new Response(null, { status: 403 }), times: 1000 });
    await lines('/policies/keep/run', {});
    const summary = { planned: 3, manifests: 2, kept: 0 };
    expect(await runsOf()).toMatchObject([{ state: 'failed', error: expect.stringContaining('403'), summary }]);
    expect(tagsThere()).toEqual(['v3', 'v4']);
    expect(web.tags.size).toBe(3);
  });

  it('waits for no other: one registry is cleaned up at a time', async () => {
    await connected.ask('POST', '/policies', keeping(2));
    const held = await connected.installation.leases.take(`clean-up ${id}`);
    const run = await lines('/policies/keep/run', {});
    expect(run.at(-1)).toMatchObject({
      event: 'failed',
      problem: { status: 409, detail: expect.stringContaining('A plan is being applied at one already') },
    });
    expect(tagsThere()).toHaveLength(4);
    await held?.release();
    expect((await lines('/policies/keep/run', {})).at(-1)).toMatchObject({ event: 'done' });
  });
});

describe('a schedule at another registry', () => {
  const scheduled = { schedule: '0 3 * * *' };

  function runDue(place: 'here' | 'elsewhere' = 'elsewhere'): Promise<void> {
    return connected.installation.policyRunner.runDue(place, SIGNAL);
  }

  it('is followed, once for all the times that were missed, and not by what runs policies here', async () => {
    await connected.ask('POST', '/policies', keeping(2, scheduled));
    await runDue();
    advance(72);
    await runDue('here');
    expect(await runsOf()).toEqual([]);
    await runDue();
    await runDue();
    expect(await runsOf()).toMatchObject([{ state: 'done', trigger: 'schedule', summary: { manifests: 2 } }]);
    expect(tagsThere()).toEqual(['v3', 'v4']);
  });

  it('goes on at other registries when one is in the way, and tells why', async () => {
    const other = await connected.connect('pn-2', 'two');
    await connected.ask('POST', '/policies', keeping(3, { ...scheduled, name: 'a', registry: other }));
    await connected.ask('PUT', `/registries/${other}`, { secret: 'not the one' });
    await connected.ask('POST', '/policies', keeping(3, { ...scheduled, name: 'b' }));
    advance(24);
    await runDue();
    expect(await runsOf('a')).toMatchObject([{ state: 'failed', error: expect.stringContaining('it answers 401') }]);
    expect(await runsOf('b')).toMatchObject([{ state: 'done' }]);
    expect(connected.installation.failures).toHaveLength(1);
  });

  it('is gone on with when its node died half-way', async () => {
    await connected.ask('POST', '/policies', keeping(2, scheduled));
    await lines('/policies/keep/run', { dryRun: true });
    await leaveHalfWay();
    await connected.ask('PUT', '/policies/keep', { schedule: null });
    await runDue();
    expect(tagsThere()).toEqual(['v3', 'v4']);
    expect(await runsOf()).toMatchObject([{ state: 'done', summary: { manifests: 2 } }]);
  });

  for (const [what, change, told] of [
    ['disabled', { isEnabled: false }, 'was disabled'],
    ['one that only looks', { isDryRun: true }, 'only looks'],
    ['for this registry', { registry: null }, 'was moved to another registry'],
  ] as const) {
    it(`is not gone on with when its node died and the policy is ${what} by now`, async () => {
      await connected.ask('POST', '/policies', keeping(2, scheduled));
      await lines('/policies/keep/run', { dryRun: true });
      await leaveHalfWay();
      await connected.ask('PUT', '/policies/keep', change);
      await runDue('registry' in change ? 'here' : 'elsewhere');
      expect(tagsThere()).toEqual(['v1', 'v2', 'v3', 'v4']);
      const [run] = await runsOf();
      expect(run).toMatchObject({ state: 'stopped', error: expect.stringContaining(told) });
      expect(connected.installation.failures).toEqual([]);
      const plan = `/plans/${String(run?.['planId'])}`;
      expect((await lines(`${plan}/apply`, {})).at(-1)).toMatchObject({ event: 'done' });
      expect(tagsThere()).toEqual(['v3', 'v4']);
    });
  }

  it('ends before the next repository when its policy is disabled, and what is left can be discarded', async () => {
    const web = new FakeRepository('team/web');
    connected.fake.repositories.set('team/web', web);
    web.pushMany(3);
    await connected.ask('POST', '/policies', keeping(2, scheduled));
    advance(24);
    meanwhile('PUT', { isEnabled: false });
    await runDue();
    expect(tagsThere()).toEqual(['v3', 'v4']);
    expect(web.tags.size).toBe(3);
    const [run] = await runsOf();
    expect(run).toMatchObject({ state: 'stopped', summary: { planned: 3, manifests: 2 } });
    expect(connected.installation.failures).toEqual([]);
    await runDue();
    expect(web.tags.size).toBe(3);
    const plan = `/plans/${String(run?.['planId'])}`;
    expect((await connected.ask('GET', plan)).document.plan).toMatchObject({ state: 'applying' });
    expect((await connected.ask('DELETE', plan)).status).toBe(200);
    expect((await connected.ask('GET', plan)).status).toBe(404);
  });

  it('is not gone on with when its plan was discarded', async () => {
    await connected.ask('POST', '/policies', keeping(2, scheduled));
    await lines('/policies/keep/run', { dryRun: true });
    await leaveHalfWay();
    const [run] = await runsOf();
    expect((await connected.ask('DELETE', `/plans/${String(run?.['planId'])}`)).status).toBe(200);
    await runDue();
    expect(await runsOf()).toMatchObject([{ state: 'stopped' }]);
    expect(tagsThere()).toEqual(['v1', 'v2', 'v3', 'v4']);
  });

  it('that somebody runs though it is disabled runs to its end', async () => {
    await connected.ask('POST', '/policies', keeping(2, { ...scheduled, isEnabled: false, isDryRun: true }));
    expect((await lines('/policies/keep/run', { dryRun: false })).at(-1)).toMatchObject({ event: 'done' });
    expect(tagsThere()).toEqual(['v3', 'v4']);
  });

  it('that somebody runs ends when it is removed, and says so', async () => {
    const web = new FakeRepository('team/web');
    connected.fake.repositories.set('team/web', web);
    web.pushMany(3);
    await connected.ask('POST', '/policies', keeping(2, scheduled));
    meanwhile('DELETE');
    const run = await lines('/policies/keep/run', {});
    expect(run.at(-1)).toMatchObject({
      event: 'failed',
      problem: { status: 409, type: '/api/v1/problems/POLICY_STOPPED', detail: expect.stringContaining('was removed') },
    });
    expect(web.tags.size).toBe(3);
  });

  it('is gone on with when what the dead node held is free, and not given up before', async () => {
    await connected.ask('POST', '/policies', keeping(2, scheduled));
    await lines('/policies/keep/run', { dryRun: true });
    await leaveHalfWay();
    const held = await connected.installation.leases.take(`clean-up ${id}`);
    await runDue();
    expect(await runsOf()).toMatchObject([{ state: 'running' }]);
    await held?.release();
    await runDue();
    expect(await runsOf()).toMatchObject([{ state: 'done', summary: { manifests: 2 } }]);
  });

  it('tells what a run did whose plan somebody else applied to its end', async () => {
    await connected.ask('POST', '/policies', keeping(2, scheduled));
    await lines('/policies/keep/run', { dryRun: true });
    await leaveHalfWay();
    const [run] = await runsOf();
    await lines(`/plans/${String(run?.['planId'])}/apply`, {});
    await runDue();
    expect(await runsOf()).toMatchObject([{ state: 'done', summary: { manifests: 2 } }]);
  });

  it('leaves alone what another node brought to its end meanwhile', async () => {
    await connected.ask('POST', '/policies', keeping(2, scheduled));
    await lines('/policies/keep/run', {});
    const { database: db, leases, clock } = connected.installation;
    const setState = (state: 'running' | 'done') =>
      db.transaction((tx) => tx.build((kysely) => kysely.updateTable('policy_runs').set({ state })));
    const take = async (name: string) => {
      await setState('done');
      return leases.take(name);
    };
    const never = () => Promise.reject(new Error('there is nothing to be done'));
    const plans = { create: never, apply: never, get: never, connectionOf: never };
    const onFailure = (_: string, error: unknown) => expect(error).toBeUndefined();
    const parts = { keepRuns: 10, now: () => clock.now, pause: () => new Promise<void>(() => {}), onFailure };
    const runner = new PolicyRunner({ ...parts, db, plans, leases: { take } });
    await setState('running');
    await runner.runDue('elsewhere', SIGNAL);
    expect(await runsOf()).toMatchObject([{ state: 'done' }]);
  });

  it('that stops goes on later', async () => {
    await connected.ask('POST', '/policies', keeping(2, scheduled));
    advance(24);
    const stopping = new AbortController();
    const stop = () => {
      stopping.abort();
      return undefined;
    };
    connected.fake.interrupt({ matches: deletes, reply: stop });
    await connected.installation.policyRunner.runDue('elsewhere', stopping.signal).catch(() => undefined);
    expect(await runsOf()).toMatchObject([{ state: 'running' }]);
    await runDue();
    expect(await runsOf()).toMatchObject([{ state: 'done' }]);
    expect(tagsThere()).toEqual(['v3', 'v4']);
  });
});

function deletes({ method }: { readonly method: string }): boolean {
  return method === 'DELETE';
}

function refuseNextDeletion(): void {
  const errors = [{ code: 'PRECONDITION', message: 'a retention rule of ours' }];
  connected.fake.interrupt({ matches: deletes, reply: () => Response.json({ errors }, { status: 412 }) });
}

/** Does something to the policy while the first image is being deleted. */
function meanwhile(method: string, body?: object): void {
  const reply = async () => {
    expect((await connected.ask(method, '/policies/keep', body)).status).toBe(200);
    return undefined;
  };
  connected.fake.interrupt({ matches: deletes, reply });
}

/** As a node leaves it that dies after the plan began. */
async function leaveHalfWay(): Promise<void> {
  await connected.installation.database.transaction(async (tx) => {
    await tx.build((kysely) => kysely.updateTable('policy_runs').set({ state: 'running', trigger: 'schedule' }));
    await tx.build((kysely) => kysely.updateTable('plans').set({ state: 'applying' }));
  });
}
