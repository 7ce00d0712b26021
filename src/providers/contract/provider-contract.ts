import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import type { Fake } from '../../../test/fakes/fake.ts';
import { FakeRepository } from '../../../test/fakes/fake-repository.ts';
import { plainUpstream } from '../../../test/fakes/plain-upstream.ts';
import type { Account, DeletionRules } from '../account.ts';
import type { Provider, ProviderTarget } from '../provider.ts';
import { deletionContract } from './deletion-contract.ts';
import { imageContract } from './image-contract.ts';
import { collected, errorOf, everythingSaid, pagesOf } from './questions.ts';

/**
 * `valid`: all rights on everything. `wrong`: a secret that nobody has. `powerless`: the registry knows it, and lets it do
 * nothing, or read only what everybody may.
 */
export type Who = 'valid' | 'wrong' | 'powerless';

/** A kind of registry, and a fake of it that knows the users `valid` and `powerless`. */
export interface ProviderWorld {
  readonly provider: Provider;
  readonly fake: Fake;
  target(who: Who): ProviderTarget;
}

/** What is different from kind to kind. */
export interface ProviderFacts {
  start(): Promise<ProviderWorld>;
  /** Name of a repository, as `Account` speaks of it. Further ones get a number behind it. */
  readonly repository: string;
  /** What {@link repository} is called in the fake, where that differs. */
  readonly nameInFake?: (name: string) => string;
  /** What a wrong secret is diagnosed as. Default `wrong-credentials`. */
  readonly wrongIs?: 'wrong-credentials' | 'forbidden' | 'token-expired';
  /** How long the tokens of the fake last; absent: it has none. */
  readonly tokenSeconds?: number;
  /** Whether it lists repositories. Default `true`. */
  readonly listsRepositories?: boolean;
  /** Whether images without tags are told of, such as the children of an index. */
  readonly listsUntagged: boolean;
  /** How it says that too much was asked, until then. */
  readonly throttled: (until: Date) => Response;
  readonly deletion: DeletionRules;
}

/** A world in which a test asks. */
export interface Asking extends ProviderWorld {
  readonly facts: ProviderFacts;
  readonly signal: AbortSignal;
  open(who: Who): Account;
  /** Makes a repository in the fake. */
  seed(name?: string): FakeRepository;
}

/** What an account at every kind of registry does. A new kind is done when this passes, unchanged. */
export function describeProvider(name: string, facts: ProviderFacts): void {
  describe(`${name} as a provider`, () => {
    let asking: Asking;
    beforeEach(async () => {
      asking = asked(await facts.start(), facts);
    });
    afterEach(async () => {
      await asking.fake[Symbol.asyncDispose]();
    });

    describe('checked', () => checkContract(() => asking));
    describe('listed', () => listContract(() => asking));
    describe('read', () => imageContract(() => asking));
    describe('deleted from', () => deletionContract(() => asking));
  });
}

function asked(world: ProviderWorld, facts: ProviderFacts): Asking {
  const { provider, fake } = world;
  const nameInFake = facts.nameInFake ?? ((name: string) => name);
  return {
    ...world,
    facts,
    target: (who) => world.target(who),
    signal: new AbortController().signal,
    open: (who) => provider.open(world.target(who), { http: plainUpstream(), now: fake.clock.now }),
    seed: (name = facts.repository) => {
      const repository = new FakeRepository(nameInFake(name));
      fake.repositories.set(repository.name, repository);
      return repository;
    },
  };
}

function checkContract(asking: () => Asking): void {
  it('finds nothing wrong with what a form asks for', () => {
    const { provider, target } = asking();
    expect(provider.problemsOf(target('valid'))).toEqual([]);
    expect(provider.forms.map(({ name }) => name)).toContain(target('valid').form);
  });

  it('takes valid credentials, and never tries them on by changing anything', async () => {
    const { open, seed, signal, facts } = asking();
    const repository = seed();
    const digest = repository.push({ tags: ['v1'] });
    const report = await open('valid').check({ repository: facts.repository }, signal);

    expect(['yes', 'unknown']).toContain(report.abilities.pull);
    expect(Object.values(report.abilities)).not.toContain('no');
    expect([...repository.tags]).toEqual([['v1', digest]]);
    expect([...repository.manifests.keys()]).toEqual([digest]);
  });

  for (const [which, isPublic] of [
    ['', false],
    [', also where anybody may pull', true],
  ] as const) {
    it(`tells wrong credentials${which}`, async () => {
      const { open, seed, signal, facts } = asking();
      const repository = seed();
      repository.isPublic = isPublic;
      repository.push({ tags: ['v1'] });
      const error = await errorOf(open('wrong').check({ repository: facts.repository }, signal));

      expect(error.diagnosis).toBe(facts.wrongIs ?? 'wrong-credentials');
    });
  }

  it('tells valid credentials that may do nothing', async () => {
    const { open, seed, signal, facts } = asking();
    seed().push({ tags: ['v1'] });
    const outcome = await open('powerless')
      .check({ repository: facts.repository }, signal)
      .catch(async (error: unknown) => await errorOf(Promise.reject(error)));

    if (outcome instanceof Error) expect(outcome.diagnosis).toBe('forbidden');
    else {
      expect(outcome.abilities.push).not.toBe('yes');
      expect(outcome.abilities.delete).not.toBe('yes');
    }
  });

  it('says until when it is rate-limited', async () => {
    const { open, fake, facts, signal } = asking();
    const until = new Date(fake.clock.now() + 90_000);
    fake.interrupt({ times: 100, reply: () => facts.throttled(until) });
    const error = await errorOf(open('valid').check({}, signal));

    expect(error.diagnosis).toBe('rate-limited');
    expect(error.retryAt).toEqual(until);
  });

  it('says that what answers is no registry', async () => {
    const { open, fake, signal } = asking();
    fake.interrupt({ times: 100, reply: () => new Response('<html>Welcome</html>', { status: 404 }) });
    const error = await errorOf(open('valid').check({}, signal));

    expect(['not-a-registry', 'malformed', 'unsupported']).toContain(error.diagnosis);
  });

  it('says no secret when it fails', async () => {
    const { open, fake, facts, target, signal } = asking();
    const replies = [401, 403, 404, 429, 500].map((status) => () => {
      const { secret } = target('valid');
      return Response.json({ message: `no: ${secret}`, errors: [{ code: 'DENIED', message: secret }] }, { status });
    });
    for (const reply of replies) {
      fake.interrupt({ times: 20, reply });
      const error = await errorOf(open('valid').check({ repository: facts.repository }, signal)).catch(() => undefined);
      if (error !== undefined) expect(everythingSaid(error)).not.toContain(target('valid').secret);
      // Whatever is left of these interruptions is used up.
      for (let left = 20; left > 0; left -= 1) await fetch(fake.url).then(async (response) => await response.text());
    }
  });

  it('stops when it is aborted', async () => {
    const { open, facts } = asking();
    const error: unknown = await open('valid')
      .check({ repository: facts.repository }, AbortSignal.abort(new Error('enough')))
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Error);
  });

  it('gives Docker something to log in with', async () => {
    const { open, signal } = asking();
    const login = await open('valid').login(signal);
    expect(login.username).not.toBe('');
    expect(login.password).not.toBe('');
  });
}

function listContract(asking: () => Asking): void {
  it('has every tag once, over many pages', async () => {
    const { open, seed, signal, facts } = asking();
    seed().pushMany(1200);
    const account = open('valid');
    const pages = await pagesOf(async (page) => await account.tags(facts.repository, page, signal));

    const names = pages.flatMap(({ items }) => items.map(({ name }) => name));
    expect(pages.every(({ items }) => items.length <= 100)).toBe(true);
    expect(names.length).toBe(1200);
    expect(new Set(names).size).toBe(1200);
  });

  it('has every repository once, over many pages', async () => {
    const { open, seed, signal, facts } = asking();
    if (facts.listsRepositories === false) return;
    const expected = Array.from({ length: 230 }, (_, number) => `${facts.repository}${number + 1}`);
    for (const name of expected) seed(name).push({ tags: ['latest'] });
    const account = open('valid');
    const pages = await pagesOf(async (page) => await account.repositories(page, signal));

    const names = pages.flatMap(({ items }) => items.map(({ name }) => name));
    expect(names.toSorted()).toEqual(expected.toSorted());
  });

  it('has the images with their tags, and the children of an index where it tells of them', async () => {
    const { open, seed, signal, facts } = asking();
    const repository = seed();
    const index = repository.push({ tags: ['v1', 'latest'], platforms: ['linux/amd64', 'linux/arm64'] });
    const image = repository.push({ tags: ['v2'] });
    const images = await collected(open('valid').images(facts.repository, signal));

    const tagsByDigest = new Map(images.map(({ digest, tags }) => [digest, tags.toSorted()]));
    expect(images.length).toBe(tagsByDigest.size);
    expect(tagsByDigest.get(index)).toEqual(['latest', 'v1']);
    expect(tagsByDigest.get(image)).toEqual(['v2']);
    const children = repository.manifests.get(index)?.children ?? [];
    for (const child of children) expect(tagsByDigest.has(child)).toBe(facts.listsUntagged);
  });

  it('goes on with a new token when one has ended', async () => {
    const { open, seed, fake, signal, facts } = asking();
    seed().pushMany(3);
    const account = open('valid');
    const before = await account.tags(facts.repository, { limit: 100 }, signal);
    fake.clock.advance((facts.tokenSeconds ?? 0) + 1);
    const after = await account.tags(facts.repository, { limit: 100 }, signal);

    expect(after.items.map(({ name }) => name)).toEqual(before.items.map(({ name }) => name));
  });

  it('asks again when the registry failed for a moment', async () => {
    const { open, seed, fake, signal, facts } = asking();
    seed().pushMany(3);
    const account = open('valid');
    await account.tags(facts.repository, { limit: 100 }, signal);
    fake.interrupt({ reply: () => new Response('try again', { status: 503 }) });
    const page = await account.tags(facts.repository, { limit: 100 }, signal);

    expect(page.items.length).toBe(3);
  });

  it('says that a repository is not there', async () => {
    const { open, seed, signal, facts } = asking();
    seed().push({ tags: ['v1'] });
    const missing = `${facts.repository}-not-there`;
    const account = open('valid');
    expect((await errorOf(account.tags(missing, { limit: 100 }, signal))).diagnosis).toBe('not-found');
    expect((await errorOf(collected(account.images(missing, signal)))).diagnosis).toBe('not-found');
  });

  it('asks for nothing by a name that is none', async () => {
    const { open, fake, signal } = asking();
    const account = open('valid');
    for (const name of [
      '../../admin',
      'a/../b',
      'a/b/..',
      'A/B',
      '',
      'a b/c',
      'a/b?c',
      'a/b#c',
      '/evil.example.net/a',
    ]) {
      for (const ask of [
        async () => await account.tags(name, { limit: 10 }, signal),
        async () => await account.reader?.image(name, 'v1', signal),
        async () => await collected(account.images(name, signal)),
        async () => await collected(account.delete(name, [{ kind: 'tag', tag: 'v1' }], signal)),
      ]) {
        expect((await errorOf(ask())).diagnosis).toBe('not-found');
      }
    }
    expect(fake.requests).toEqual([]);
  });
}
