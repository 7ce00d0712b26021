import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { awsError, ECR_ACCOUNT, type FakeEcr, startFakeEcr } from '../../../test/fakes/ecr.ts';
import { ALL_RIGHTS, type FakeRequest } from '../../../test/fakes/fake.ts';
import { FakeRepository } from '../../../test/fakes/fake-repository.ts';
import { startFakeGeneric } from '../../../test/fakes/generic.ts';
import { askAdmin, openInstallation, type Installation } from '../../../test/support/admin.ts';
import { runHavre, type CliResult } from '../../../test/support/cli.ts';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import { basicAuthorization } from '../../../test/support/server.ts';
import { localAdministrator, type Identity } from '../../auth/identity.ts';
import { ecrProvider } from '../../providers/ecr/provider.ts';
import { PROVIDERS } from '../../providers/registry.ts';

const KEY = { username: 'AKIAVALIDVALIDVALID1', secret: 'canary-of-a-secret-access-key' } as const;
const PASSWORD = 'a long enough password';
const DAY = 86_400_000;

const POLICY = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      description: 'two releases',
      selection: { tagStatus: 'tagged', tagPatternList: ['v*'], countType: 'imageCountMoreThan', countNumber: 2 },
      action: { type: 'expire' },
    },
    {
      rulePriority: 2,
      selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 7 },
      action: { type: 'expire' },
    },
  ],
});

let installation: Installation;
let fake: FakeEcr;
let app: FakeRepository;
let folder: string;
let id: string;
let waits: number;

beforeEach(async () => {
  fake = startFakeEcr();
  fake.users.set('valid', { ...KEY, rights: ALL_RIGHTS });
  waits = 0;
  const wait = async (): Promise<void> => void (waits += 1);
  const ecr = ecrProvider({ api: fake.url, sts: fake.url, wait });
  installation = await openInstallation({ providers: [ecr, ...PROVIDERS.filter(({ kind }) => kind !== 'ecr')] });
  installation.clock.now = new Date(fake.clock.now());
  folder = temporaryFolder('lifecycle');
  app = new FakeRepository('team/app');
  fake.repositories.set('team/app', app);
  const url = `${ECR_ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`;
  const said = { project: 'pn-1', name: 'ecr', kind: 'ecr', form: 'access-key', url, ...KEY };
  id = await added(said);
});

afterEach(async () => {
  await fake[Symbol.asyncDispose]();
  await installation.close();
  removeFolder(folder);
});

async function added(said: object): Promise<string> {
  const { status, document } = await askAdmin(installation, 'POST', '/registries', said);
  expect(status).toBe(201);
  return (document['registry'] as { id: string }).id;
}

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly document: any; // oxlint-disable-line typescript/no-explicit-any -- what a test expects of it, it says
}

async function ask(method: string, path: string, body?: unknown, identity?: Identity): Promise<Reply> {
  const request = new Request(`http://localhost/api/v1/registries/${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const response = await installation.api(request, identity ?? localAdministrator());
  const text = await response.text();
  expect(text).not.toContain(KEY.secret);
  const last = text.trim().split('\n').at(-1) ?? '';
  return { status: response.status, text, document: JSON.parse(last) };
}

const show = (identity?: Identity): Promise<Reply> =>
  ask('GET', `${id}/lifecycle?repository=team/app`, undefined, identity);
const put = (document: string, identity?: Identity): Promise<Reply> =>
  ask('PUT', `${id}/lifecycle`, { repository: 'team/app', document }, identity);
const preview = (document?: string, identity?: Identity): Promise<Reply> =>
  ask('POST', `${id}/lifecycle-preview`, { repository: 'team/app', document }, identity);

function daysAgo(days: number): Date {
  return new Date(fake.clock.now() - days * DAY);
}

async function audited(): Promise<readonly { action: string; outcome: string; details: Record<string, unknown> }[]> {
  const { document } = await askAdmin(installation, 'GET', '/audit?action=registry.lifecycle-replaced');
  return document['entries'] as { action: string; outcome: string; details: Record<string, unknown> }[];
}

describe("Amazon's own policy of a repository", () => {
  it('is shown, written after it was read, and audited', async () => {
    expect((await show()).document).toEqual({ policy: null });
    expect((await put(POLICY)).document).toEqual({ warnings: [] });
    expect(fake.policies.get('team/app')).toBe(POLICY);
    expect((await show()).document.policy).toMatchObject({
      document: POLICY,
      evaluatedAt: new Date(fake.clock.now()).toISOString(),
      problems: [],
    });
    const [entry] = await audited();
    expect(entry).toMatchObject({ outcome: 'done', details: { registry: id, project: 'pn-1', at: 'team/app' } });
  });

  it('is not written with mistakes: each is said by its field, and AWS is not asked', async () => {
    const before = fake.requests.length;
    const selection = { tagStatus: 'tagged', countType: 'imageCountMoreThan', countNumber: 0 };
    const wrong = JSON.stringify({ rules: [{ rulePriority: 1, selection, action: { type: 'delete' } }] });
    const { status, document } = await put(wrong);
    expect(status).toBe(400);
    expect(document.type).toBe('/api/v1/problems/POLICY_INVALID');
    const fields = document.errors.map(({ field }: { field: string }) => field);
    expect(fields).toContain('rules[0].selection.countNumber');
    expect(fields).toContain('rules[0].action.type');
    expect((await put('{"rules": [')).status).toBe(400);
    expect(fake.requests.length).toBe(before);
    expect(await audited()).toEqual([]);
  });

  it('is shown also where Havre does not understand it', async () => {
    fake.policies.set('team/app', '{"rules":[{"rulePriority":"first"}]}');
    const { status, document } = await show();
    expect(status).toBe(200);
    expect(document.policy.problems.length).toBeGreaterThan(0);
    expect((await preview()).document).toMatchObject({
      event: 'failed',
      problem: { type: '/api/v1/problems/POLICY_INVALID' },
    });
  });

  it('is said not to have been written where AWS does not take it', async () => {
    const matches = ({ headers }: FakeRequest): boolean =>
      headers.get('X-Amz-Target')?.endsWith('.PutLifecyclePolicy') === true;
    fake.interrupt({ matches, reply: () => awsError('InvalidParameterException', 'It is not liked.') });
    const { status, document } = await put(POLICY);
    expect(status).toBe(502);
    expect(document.detail).toContain('It is not liked.');
    expect(await audited()).toMatchObject([{ outcome: 'failed' }]);
  });
});

describe('a preview by both', () => {
  it('says the same of each image where both do', async () => {
    const old = app.push({ tags: ['v1'], pushedAt: daysAgo(30) });
    app.push({ tags: ['v2'], pushedAt: daysAgo(20) });
    app.push({ tags: ['v3'], pushedAt: daysAgo(10) });
    const untagged = app.push({ pushedAt: daysAgo(8) });
    app.push({ pushedAt: daysAgo(6) });
    const rules = new Map([
      [old, 1],
      [untagged, 2],
    ]);
    fake.verdictOf = ({ digest }) => {
      const rule = rules.get(digest);
      return rule === undefined ? undefined : { action: 'EXPIRE', rule };
    };
    fake.previewLooks = 3;
    const { report } = (await preview(POLICY)).document;
    expect(report).toMatchObject({ images: 5, counts: { registry: 2, ours: 2, different: 0 }, registryProblem: null });
    expect(report.compared).toMatchObject([
      { digest: old, tags: ['v1'], registry: { action: 'expire', rule: 1 }, ours: { action: 'expire', rule: 1 } },
      { digest: untagged, registry: { rule: 2 }, ours: { rule: 2 }, difference: null },
    ]);
    expect(waits).toBe(3);
    expect(app.manifests.size).toBe(5);
  });

  it('is of the policy that is there, where none is given', async () => {
    expect((await preview()).document.problem.type).toBe('/api/v1/problems/LIFECYCLE_UNKNOWN');
    fake.policies.set('team/app', POLICY);
    fake.verdictOf = () => undefined;
    expect((await preview()).document.report.counts).toEqual({ registry: 0, ours: 0, different: 0 });
  });

  it('says where they differ, and why: these come first', async () => {
    const agreed = app.push({ tags: ['v1'], pushedAt: daysAgo(30) });
    app.push({ tags: ['v2'], pushedAt: daysAgo(20) });
    app.push({ tags: ['v3'], pushedAt: daysAgo(10) });
    const index = app.push({ tags: ['main'], platforms: ['linux/amd64', 'linux/arm64'], pushedAt: daysAgo(9) });
    const [child = ''] = app.manifests.get(index)?.children ?? [];
    const forgotten = app.push({ pushedAt: daysAgo(8) });
    fake.verdictOf = ({ digest }) => {
      if (digest === agreed) return { action: 'EXPIRE', rule: 1 };
      return digest === child ? { action: 'EXPIRE', rule: 2 } : undefined;
    };
    const { report } = (await preview(POLICY)).document;
    expect(report.counts.different).toBe(2);
    const byDigest = new Map<string, any>(report.compared.map((one: { digest: string }) => [one.digest, one])); // oxlint-disable-line typescript/no-explicit-any -- as above
    expect(byDigest.get(child)).toMatchObject({ ours: null, registry: { action: 'expire' } });
    expect(byDigest.get(child).difference).toContain(`the index ${index} names it`);
    expect(byDigest.get(forgotten)).toMatchObject({ registry: null, ours: { rule: 2 } });
    expect(byDigest.get(agreed).difference).toBeNull();
    expect(report.compared.at(-1).digest).toBe(agreed);
  });

  it('takes signatures that follow their image for no difference', async () => {
    const signed = app.push({ tags: ['v1'], pushedAt: daysAgo(30) });
    const signature = app.push({ subject: signed, pushedAt: daysAgo(30) });
    app.push({ tags: ['v2'], pushedAt: daysAgo(20) });
    app.push({ tags: ['v3'], pushedAt: daysAgo(10) });
    fake.verdictOf = ({ digest }) => (digest === signed ? { action: 'EXPIRE', rule: 1 } : undefined);
    const { report } = (await preview(POLICY)).document;
    expect(report.counts).toEqual({ registry: 1, ours: 2, different: 0 });
    const found = report.compared.find(({ digest }: { digest: string }) => digest === signature);
    expect(found).toMatchObject({ follows: signed, registry: null, difference: null });
  });

  it('is ours alone where AWS does not say in time, or may not be asked: this is said', async () => {
    app.pushMany(4);
    fake.previewLooks = 1_000_000;
    const { report } = (await preview(POLICY)).document;
    expect(report.registryProblem).toContain('still reckons');
    expect(report.counts).toMatchObject({ ours: 2, different: 0 });
    expect(installation.failures).toEqual([]);
  });

  it('ends when whoever asked goes away', async () => {
    app.pushMany(1);
    fake.previewLooks = 1_000_000;
    const gone = new AbortController();
    const body = JSON.stringify({ repository: 'team/app', document: POLICY });
    const request = new Request(`http://localhost/api/v1/registries/${id}/lifecycle-preview`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
      signal: gone.signal,
    });
    fake.interrupt({
      matches: ({ headers }) => headers.get('X-Amz-Target')?.endsWith('.GetLifecyclePolicyPreview') === true,
      reply: () => {
        gone.abort();
        return undefined;
      },
    });
    const response = await installation.api(request, localAdministrator());
    const text = await response.text().catch(() => '');
    expect(text).not.toContain('"done"');
    expect(installation.failures).toEqual([]);
  });
});

describe('who may', () => {
  async function eve(actions: readonly string[]): Promise<Identity> {
    await askAdmin(installation, 'POST', '/users', { name: 'eve', password: PASSWORD });
    const to = { kind: 'user', name: 'eve' };
    await askAdmin(installation, 'POST', '/grants', { to, pattern: 'pn-2', actions: ['registries:manage'] });
    if (actions.length > 0) await askAdmin(installation, 'POST', '/grants', { to, pattern: 'pn-1', actions });
    return await installation.auth.authenticator.identify(basicAuthorization('eve', PASSWORD), { source: '192.0.2.1' });
  }

  it('look: those who may read its project; others do not learn that it is there', async () => {
    const stranger = await eve([]);
    for (const look of [show, (who: Identity) => preview(POLICY, who), (who: Identity) => put(POLICY, who)]) {
      expect((await look(stranger)).status).toBe(404);
    }
    const reader = await eve(['registries:read']);
    expect((await show(reader)).status).toBe(200);
    expect((await preview(POLICY, reader)).document.event).toBe('done');
    expect((await put(POLICY, reader)).status).toBe(403);
    expect(fake.policies.size).toBe(0);
    const manager = await eve(['registries:manage']);
    expect((await put(POLICY, manager)).status).toBe(200);
  });

  it('nobody, at registries of other kinds: that is said', async () => {
    const generic = startFakeGeneric();
    id = await added({ project: 'pn-1', name: 'zot', kind: 'generic', url: generic.url });
    for (const { status, document } of [await show(), await put(POLICY)]) {
      expect(status).toBe(422);
      expect(document.type).toBe('/api/v1/problems/LIFECYCLE_UNSUPPORTED');
      expect(document.detail).toContain('zot is of kind generic');
    }
    expect((await preview(POLICY)).document.problem.type).toBe('/api/v1/problems/LIFECYCLE_UNSUPPORTED');
    await generic[Symbol.asyncDispose]();
  });
});

describe('havre registries lifecycle', () => {
  const havre = (line: readonly string[], stdin?: string): Promise<CliResult> =>
    runHavre(['registries', 'lifecycle', ...line], {
      installation,
      ...(stdin !== undefined && { stdin, isTerminal: true }),
    });

  it('shows, previews and puts', async () => {
    const file = join(folder, 'lifecycle.json');
    writeFileSync(file, POLICY);
    expect((await havre(['show', 'ecr', 'team/app'])).stdout).toBe('It has no lifecycle policy.\n');
    expect(await havre(['put', 'ecr', 'team/app', file])).toMatchObject({ exitCode: 2 });
    expect((await havre(['put', 'ecr', 'team/app', file], 'n\r')).exitCode).toBe(0);
    expect(fake.policies.size).toBe(0);
    const { exitCode, stdout } = await havre(['put', 'ecr', 'team/app', file, '--yes']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('team/app has the policy of');
    expect((await havre(['show', 'ecr', 'team/app'])).stdout).toContain('"rulePriority": 1');
    const old = app.push({ tags: ['v1'], pushedAt: daysAgo(30) });
    app.push({ tags: ['v2'], pushedAt: daysAgo(20) });
    app.push({ tags: ['v3'], pushedAt: daysAgo(10) });
    fake.verdictOf = ({ digest }) => (digest === old ? { action: 'EXPIRE', rule: 1 } : undefined);
    const previewed = await havre(['preview', 'ecr', 'team/app']);
    expect(previewed.stdout).toMatch(
      /^WHAT +REGISTRY +HAVRE +WHY\nv1 \(sha256:\w{12}\) +expire \(rule 1\) +expire \(rule 1\)/,
    );
    expect(previewed.stdout).toContain('Of 3 images, 1 would go by the registry and 1 by Havre. They agree.');
    fake.verdictOf = () => undefined;
    const differing = await havre(['preview', 'ecr', 'team/app', file]);
    expect(differing.stdout).toContain('DIFFERS: Only Havre has it go');
    expect(differing.stdout).toContain('They differ in 1 image.');
  });

  it('says by field what is wrong with a document', async () => {
    const file = join(folder, 'wrong.json');
    writeFileSync(file, '{"rules":[{"rulePriority":0}]}');
    const { exitCode, stderr } = await havre(['put', 'ecr', 'team/app', file, '--yes']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('rules[0].rulePriority');
  });
});
