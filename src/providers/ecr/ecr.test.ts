import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALL_RIGHTS, type FakeRequest } from '../../../test/fakes/fake.ts';
import { awsError, ECR_ACCOUNT, ECR_TOKEN_SECONDS, type FakeEcr, startFakeEcr } from '../../../test/fakes/ecr.ts';
import { FakeRepository } from '../../../test/fakes/fake-repository.ts';
import { plainUpstream } from '../../../test/fakes/plain-upstream.ts';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';
import type { DeletionTarget } from '../account.ts';
import { collected, errorOf } from '../contract/questions.ts';
import type { ProviderTarget } from '../provider.ts';
import { parseRegistryUrl } from '../registry-url.ts';
import type { AmbientOptions } from './ambient-credentials.ts';
import { EcrAccount } from './ecr-account.ts';
import { ecrProvider } from './provider.ts';

const ecr = ecrProvider();
const SIGNAL = new AbortController().signal;
const USER = { username: 'AKIAVALIDVALIDVALID1', secret: 'a-valid-secret-access-key' } as const;
const ROLE = `arn:aws:iam::${ECR_ACCOUNT}:role/registry`;
const TARGET: ProviderTarget = {
  url: parseRegistryUrl(`${ECR_ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`),
  form: 'access-key',
  ...USER,
  fields: {},
};

let fake: FakeEcr;
let waits: number[];
beforeEach(() => {
  fake = startFakeEcr();
  waits = [];
  fake.users.set('valid', { ...USER, rights: ALL_RIGHTS });
});
afterEach(async () => await fake[Symbol.asyncDispose]());

function opened(changed: Partial<ProviderTarget> = {}, identity?: Omit<AmbientOptions, 'http'>): EcrAccount {
  const ambient = identity && { ...identity, http: plainUpstream() };
  const wait = async (milliseconds: number): Promise<void> => void waits.push(milliseconds);
  const options = { api: fake.url, sts: fake.url, wait, ...(ambient !== undefined && { ambient }) };
  const tools = { http: plainUpstream(), now: fake.clock.now };
  const account = ecrProvider(options).open({ ...TARGET, ...changed }, tools);
  if (!(account instanceof EcrAccount)) throw new Error('It is another account.');
  return account;
}

function seeded(name = 'team/app'): FakeRepository {
  const repository = new FakeRepository(name);
  fake.repositories.set(name, repository);
  return repository;
}

function calls(operation: string): number {
  return fake.requests.filter(
    ({ headers, body }) =>
      headers.get('X-Amz-Target')?.endsWith(`.${operation}`) === true || body.includes(`Action=${operation}&`),
  ).length;
}

describe('a login at Amazon ECR', () => {
  it('is kept for half of its twelve hours', async () => {
    const account = opened();
    const first = await account.login(SIGNAL);
    expect(first.username).toBe('AWS');
    expect(first.expiresAt).toEqual(new Date(fake.clock.now() + ECR_TOKEN_SECONDS * 1000));
    fake.clock.advance(ECR_TOKEN_SECONDS / 2 - 1);
    expect(await account.login(SIGNAL)).toEqual(first);
    fake.clock.advance(1);
    expect((await account.login(SIGNAL)).password).not.toBe(first.password);
  });

  it('is of the role that is assumed, by its external ID', async () => {
    fake.roles.set(ROLE, { rights: ALL_RIGHTS, externalId: 'harbour' });
    seeded();
    const report = await opened({ fields: { role: ROLE, externalId: 'harbour' } }).check({}, SIGNAL);
    expect(report.account).toBe(`arn:aws:sts::${ECR_ACCOUNT}:assumed-role/registry/havre`);

    const error = await errorOf(opened({ fields: { role: ROLE } }).check({}, SIGNAL));
    expect(error.diagnosis).toBe('forbidden');
    expect(error.message).toContain('sts:AssumeRole');
  });

  it('assumes a role again before the hour is over', async () => {
    fake.roles.set(ROLE, { rights: ALL_RIGHTS });
    seeded();
    const account = opened({ fields: { role: ROLE } });
    await account.tags('team/app', { limit: 10 }, SIGNAL);
    await account.tags('team/app', { limit: 10 }, SIGNAL);
    expect(calls('AssumeRole')).toBe(1);
    fake.clock.advance(1801);
    await account.tags('team/app', { limit: 10 }, SIGNAL);
    expect(calls('AssumeRole')).toBe(2);
  });

  it('is made by temporary credentials until they end', async () => {
    fake.roles.set(ROLE, { rights: ALL_RIGHTS });
    const secret = JSON.stringify({
      Version: 1,
      AccessKeyId: USER.username,
      SecretAccessKey: USER.secret,
      SessionToken: 'a-session-token',
      Expiration: new Date(fake.clock.now() + 3_600_000).toISOString(),
    });
    const account = opened({ form: 'temporary-key', username: 'AWS', secret });
    expect((await account.check({}, SIGNAL)).secretExpiresAt).toEqual(new Date(fake.clock.now() + 3_600_000));
    fake.clock.advance(3600);
    expect((await errorOf(account.check({}, SIGNAL))).diagnosis).toBe('token-expired');
  });
});

describe("the machine's own identity", () => {
  const DENIED = { form: 'ambient', username: 'AWS', secret: '' } as const;
  const AMBIENT = { ...DENIED, isAmbientAllowed: true };

  it('is not used unless the operator allows it', async () => {
    const environment = { AWS_ACCESS_KEY_ID: USER.username, AWS_SECRET_ACCESS_KEY: USER.secret };
    expect((await errorOf(opened(AMBIENT).check({}, SIGNAL))).diagnosis).toBe('denied-here');
    for (const denied of [DENIED, { ...DENIED, fields: { role: ROLE } }]) {
      const account = opened(denied, { environment });
      expect((await errorOf(account.check({}, SIGNAL))).diagnosis).toBe('denied-here');
      expect((await errorOf(account.login(SIGNAL))).diagnosis).toBe('denied-here');
      const [problem] = ecr.problemsOf({ ...TARGET, ...denied });
      expect(problem).toEqual({ field: 'form', message: expect.stringContaining('registries.ambientAws') });
    }
    expect(ecr.problemsOf({ ...TARGET, ...AMBIENT })).toEqual([]);
    expect(ecr.problemsOf({ ...TARGET, ...AMBIENT, secret: 'x' }).map(({ field }) => field)).toEqual(['secret']);
    expect(fake.requests).toEqual([]);
  });

  it('is that of the environment', async () => {
    const environment = { AWS_ACCESS_KEY_ID: USER.username, AWS_SECRET_ACCESS_KEY: USER.secret };
    expect((await opened(AMBIENT, { environment }).login(SIGNAL)).username).toBe('AWS');
  });

  it('is that of its pod', async () => {
    const folder = temporaryFolder('pod');
    const file = join(folder, 'token');
    writeFileSync(file, 'a-pod\n');
    const environment = { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: ROLE };
    expect((await opened(AMBIENT, { environment }).login(SIGNAL)).username).toBe('AWS');
    removeFolder(folder);
  });

  const role = (): Response =>
    Response.json({
      AccessKeyId: USER.username,
      SecretAccessKey: USER.secret,
      Token: 'a-session-token',
      Expiration: new Date(fake.clock.now() + 3_600_000).toISOString(),
    });

  it('is that of its container', async () => {
    const environment = {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${fake.url}/v1/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'a-container',
    };
    fake.interrupt({
      matches: ({ path, headers }) => path === '/v1/credentials' && headers.get('Authorization') === 'a-container',
      reply: role,
    });
    expect((await opened(AMBIENT, { environment }).login(SIGNAL)).username).toBe('AWS');
  });

  it('is that of its instance, by a token of the metadata service', async () => {
    const metadata: Readonly<Record<string, () => Response>> = {
      'PUT /latest/api/token': () => new Response('a-metadata-token'),
      'GET /latest/meta-data/iam/security-credentials/': () => new Response('harbour-role'),
      'GET /latest/meta-data/iam/security-credentials/harbour-role': role,
    };
    fake.interrupt({
      matches: ({ method, path }) => metadata[`${method} ${path}`] !== undefined,
      times: 3,
      reply: ({ method, path }) => metadata[`${method} ${path}`]?.(),
    });
    const account = opened(AMBIENT, { environment: {}, metadataUrl: fake.url });
    expect((await account.login(SIGNAL)).username).toBe('AWS');
    const asked = fake.requests.filter(({ path }) => path.includes('security-credentials'));
    expect(asked.map(({ headers }) => headers.get('X-aws-ec2-metadata-token'))).toEqual([
      'a-metadata-token',
      'a-metadata-token',
    ]);
  });
});

describe('what is wrong at Amazon ECR', () => {
  it('is the clock of this machine, and by how much', async () => {
    const tools = { http: plainUpstream(), now: () => fake.clock.now() - 600_000 };
    const account = ecrProvider({ api: fake.url, sts: fake.url }).open(TARGET, tools);
    const error = await errorOf(account.check({}, SIGNAL));
    expect(error.diagnosis).toBe('clock-skew');
    expect(error.message).toContain('600 s behind');
  });

  it('is a right that is missing, by its name', async () => {
    fake.users.set('valid', { ...USER, rights: new Set() });
    const error = await errorOf(opened().repositories({ limit: 10 }, SIGNAL));
    expect(error.diagnosis).toBe('forbidden');
    expect(error.message).toContain('ecr:DescribeRepositories');
  });

  it('is nothing where pulling is allowed, and listing is not', async () => {
    fake.users.set('valid', { ...USER, rights: new Set(['pull']) });
    seeded();
    const report = await opened().check({ repository: 'team/app' }, SIGNAL);
    expect(report.abilities).toEqual({ list: 'no', pull: 'yes', push: 'no', delete: 'no' });
  });

  it('passes, where AWS throttles by 400: it is tried again, later each time', async () => {
    seeded().pushMany(2);
    fake.interrupt({ times: 2, reply: () => awsError('ThrottlingException', 'Rate exceeded') });
    expect((await opened().tags('team/app', { limit: 10 }, SIGNAL)).items.length).toBe(2);
    expect(waits.length).toBe(2);
  });

  it('is the rate, where AWS goes on throttling', async () => {
    fake.interrupt({ times: 50, reply: () => awsError('ThrottlingException', 'Rate exceeded') });
    const error = await errorOf(opened().check({}, SIGNAL));
    expect(error.diagnosis).toBe('rate-limited');
    expect(error.retryAt?.getTime()).toBeGreaterThan(fake.clock.now());
  });

  it('is an end of credentials', async () => {
    fake.users.set('valid', { ...USER, rights: ALL_RIGHTS, secretExpiresAt: new Date(fake.clock.now()) });
    expect((await errorOf(opened().check({}, SIGNAL))).diagnosis).toBe('token-expired');
  });

  it('is told of other accounts, and of repositories that are not there', async () => {
    const url = parseRegistryUrl('999999999999.dkr.ecr.eu-west-1.amazonaws.com');
    const report = await opened({ url }).check({ repository: 'team/gone' }, SIGNAL);
    expect(report.remarks.length).toBe(2);
    expect(report.remarks.join(' ')).toContain('team/gone');
    expect(report.remarks.join(' ')).toContain('999999999999');
  });
});

describe('images at Amazon ECR', () => {
  it('are told with what indexes name', async () => {
    const repository = seeded();
    const index = repository.push({ tags: ['v1'], platforms: ['linux/amd64', 'linux/arm64'] });
    const images = await collected(opened().images('team/app', SIGNAL));
    const childrenOf = new Map(images.map(({ digest, children }) => [digest, children]));
    expect(childrenOf.get(index)).toEqual(repository.manifests.get(index)?.children ?? []);
    expect([...childrenOf.values()].filter((children) => children !== undefined)).toHaveLength(1);
    expect(calls('BatchGetImage')).toBe(1);
  });

  it('are told without what indexes name where nobody may read them', async () => {
    fake.users.set('valid', { ...USER, rights: new Set(['list']) });
    seeded().push({ platforms: ['linux/amd64', 'linux/arm64'] });
    const images = await collected(opened().images('team/app', SIGNAL));
    expect(images.map(({ children }) => children)).toEqual([undefined, undefined, undefined]);
  });
});

describe('deleting at Amazon ECR', () => {
  const manifest = (digest: string, isIndex = false): DeletionTarget => ({
    kind: 'manifest',
    digest,
    tags: [],
    isIndex,
  });

  it('goes by a hundred', async () => {
    const repository = seeded();
    const targets = Array.from({ length: 250 }, () => manifest(repository.push()));
    const outcomes = await collected(opened().delete('team/app', targets, SIGNAL));
    expect(outcomes.map(({ result }) => result)).toEqual(targets.map(() => 'deleted'));
    expect(calls('BatchDeleteImage')).toBe(3);
    expect(repository.manifests.size).toBe(0);
  });

  it('says what AWS refused of a batch, and why', async () => {
    const repository = seeded();
    const index = repository.push({ tags: ['v1'], platforms: ['linux/amd64', 'linux/arm64'] });
    const [child = ''] = repository.manifests.get(index)?.children ?? [];
    const free = repository.push();
    const moved = repository.push({ tags: ['v2'] });
    const targets: DeletionTarget[] = [
      manifest(child),
      manifest(free),
      { kind: 'tag', tag: 'v2', digest: free },
      manifest(`sha256:${'1'.repeat(64)}`),
    ];
    const outcomes = await collected(opened().delete('team/app', targets, SIGNAL));
    const resultOf = new Map(outcomes.map((outcome) => [outcome.target, outcome]));
    expect(targets.map((target) => resultOf.get(target)?.result)).toEqual([
      'refused',
      'deleted',
      'refused',
      'gone-already',
    ]);
    expect(resultOf.get(targets[0] ?? manifest(''))?.reason).toBe('An index that is kept names this image.');
    expect(repository.find('v2')?.digest).toBe(moved);
  });
});

describe("Amazon's own lifecycle policies", () => {
  const POLICY = JSON.stringify({ rules: [{ rulePriority: 1, action: { type: 'expire' } }] });

  it('are read, written and removed', async () => {
    seeded();
    const { lifecycle } = opened();
    expect(await lifecycle.read('team/app', SIGNAL)).toBeUndefined();
    await lifecycle.write('team/app', POLICY, SIGNAL);
    expect((await lifecycle.read('team/app', SIGNAL))?.text).toBe(POLICY);
    await lifecycle.remove('team/app', SIGNAL);
    await lifecycle.remove('team/app', SIGNAL);
    expect(await lifecycle.read('team/app', SIGNAL)).toBeUndefined();
  });

  it('are previewed, over many pages', async () => {
    seeded().pushMany(230);
    fake.previewLooks = 3;
    const previewed = await collected(opened().lifecycle.preview('team/app', POLICY, SIGNAL));
    expect(previewed.length).toBe(230);
    expect(previewed[0]).toMatchObject({ tags: ['v0001'], action: 'expire', rulePriority: 1 });
    expect(waits.length).toBe(3);
  });

  it('are previewed one after the other', async () => {
    seeded().pushMany(1);
    const type = 'LifecyclePolicyPreviewInProgressException';
    const matches = ({ headers }: FakeRequest): boolean =>
      headers.get('X-Amz-Target')?.endsWith('.StartLifecyclePolicyPreview') === true;
    fake.interrupt({ matches, times: 2, reply: () => awsError(type, 'There is one.') });
    expect(await collected(opened().lifecycle.preview('team/app', POLICY, SIGNAL))).toHaveLength(1);
    expect(calls('StartLifecyclePolicyPreview')).toBe(3);
  });

  it('are not waited for without end', async () => {
    seeded();
    fake.previewLooks = 1_000_000;
    const error = await errorOf(collected(opened().lifecycle.preview('team/app', POLICY, SIGNAL)));
    expect(error.diagnosis).toBe('timeout');
  });
});
