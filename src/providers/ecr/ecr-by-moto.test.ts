import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import { z } from 'zod';
import { FakeRepository } from '../../../test/fakes/fake-repository.ts';
import { plainUpstream } from '../../../test/fakes/plain-upstream.ts';
import { MotoServer } from '../../../test/support/moto.ts';
import { runsHere } from '../../../test/support/required.ts';
import { collected, pagesOf } from '../contract/questions.ts';
import { parseRegistryUrl } from '../registry-url.ts';
import { AwsClient } from './aws-client.ts';
import { EcrAccount } from './ecr-account.ts';
import { ecrProvider } from './provider.ts';

const SIGNAL = new AbortController().signal;
const OWNER = '123456789012';
const KEY = { accessKeyId: 'AKIAVALIDVALIDVALID1', secretAccessKey: 'a-valid-secret-access-key' } as const;
const tools = { http: plainUpstream(), now: Date.now };
const wait = async (): Promise<void> => {};

describe.skipIf(!runsHere('s3', MotoServer.isThere(), 'Amazon ECR by moto'))('Amazon ECR by moto', () => {
  let moto: MotoServer;
  let account: EcrAccount;
  beforeAll(async () => {
    moto = await MotoServer.start();
    const target = {
      url: parseRegistryUrl(`${OWNER}.dkr.ecr.eu-west-1.amazonaws.com`),
      form: 'access-key',
      username: KEY.accessKeyId,
      secret: KEY.secretAccessKey,
      fields: {},
    };
    const opened = ecrProvider({ api: moto.url, sts: moto.url, wait }).open(target, tools);
    if (!(opened instanceof EcrAccount)) throw new Error('It is another account.');
    account = opened;
  });
  afterAll(async () => await moto[Symbol.asyncDispose]());

  /** What no provider does: pushes, by AWS's own API. */
  async function ask(operation: string, input: Readonly<Record<string, unknown>>): Promise<void> {
    const client = new AwsClient({
      endpoint: moto.url,
      service: 'ecr',
      region: 'eu-west-1',
      target: 'AmazonEC2ContainerRegistry_V20150921',
      credentials: async () => KEY,
      tools,
      wait,
    });
    await client.call({ operation, input, output: z.object({}) }, SIGNAL);
  }

  async function pushed(repositoryName: string, tags: readonly string[]): Promise<void> {
    await ask('CreateRepository', { repositoryName });
    const made = new FakeRepository(repositoryName);
    for (const imageTag of tags) {
      const imageManifest = made.manifests.get(made.push({ tags: [imageTag] }))?.text;
      await ask('PutImage', { repositoryName, imageManifest, imageTag });
    }
  }

  it('gives a login, and takes the credentials', async () => {
    await pushed('team/checked', ['v1']);
    expect((await account.login(SIGNAL)).username).toBe('AWS');
    const report = await account.check({ repository: 'team/checked' }, SIGNAL);
    expect(report.abilities.list).toBe('yes');
    expect(report.account).toContain(OWNER);
  });

  it('lists repositories, tags and images', async () => {
    const tags = Array.from({ length: 7 }, (_, number) => `v${number}`);
    await pushed('team/listed', tags);
    const repositories = await pagesOf(async (page) => await account.repositories({ ...page, limit: 1 }, SIGNAL));
    expect(repositories.flatMap(({ items }) => items.map(({ name }) => name))).toContain('team/listed');
    const pages = await pagesOf(async (page) => await account.tags('team/listed', { ...page, limit: 3 }, SIGNAL));
    expect(pages.flatMap(({ items }) => items.map(({ name }) => name)).toSorted()).toEqual(tags);
    const images = await collected(account.images('team/listed', SIGNAL));
    expect(images.length).toBe(tags.length);
    expect(images.every(({ pushedAt }) => pushedAt !== undefined)).toBe(true);
  });

  it('deletes, and says what is gone already', async () => {
    await pushed('team/deleted', ['v1', 'v2']);
    // moto has digests of its own making.
    const images = await collected(account.images('team/deleted', SIGNAL));
    const digest = images.find(({ tags }) => tags.includes('v1'))?.digest ?? '';
    const targets = [
      { kind: 'manifest', digest, tags: ['v1'], isIndex: false },
      { kind: 'tag', tag: 'v2' },
      { kind: 'tag', tag: 'v3' },
    ] as const;
    const outcomes = await collected(account.delete('team/deleted', targets, SIGNAL));
    const resultOf = new Map(outcomes.map(({ target, result }) => [target, result]));
    expect(targets.map((target) => resultOf.get(target))).toEqual(['deleted', 'deleted', 'gone-already']);
    expect(await collected(account.images('team/deleted', SIGNAL))).toEqual([]);
  });

  it('tells what indexes name', async () => {
    await ask('CreateRepository', { repositoryName: 'team/indexed' });
    const made = new FakeRepository('team/indexed');
    const index = made.manifests.get(made.push({ platforms: ['linux/amd64', 'linux/arm64'] }));
    const asked = { imageManifest: index?.text, imageManifestMediaType: index?.mediaType, imageTag: 'v1' };
    await ask('PutImage', { repositoryName: 'team/indexed', ...asked });
    const images = await collected(account.images('team/indexed', SIGNAL));
    expect(images.find(({ tags }) => tags.includes('v1'))?.children).toEqual(index?.children ?? []);
  });

  it("reads and writes AWS's own lifecycle policy", async () => {
    await ask('CreateRepository', { repositoryName: 'team/kept' });
    expect(await account.lifecycle.read('team/kept', SIGNAL)).toBeUndefined();
    const selection = { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 14 };
    const policy = JSON.stringify({ rules: [{ rulePriority: 1, selection, action: { type: 'expire' } }] });
    await account.lifecycle.write('team/kept', policy, SIGNAL);
    expect((await account.lifecycle.read('team/kept', SIGNAL))?.text).toBe(policy);
  });
});
