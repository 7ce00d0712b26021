import { describe, expect, it } from 'bun:test';
import type { Digest } from '../oci/digest.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../oci/media-types.ts';
import type { PlanItem, PlanSource } from '../plans/plan.ts';
import type { Account, DeletionRules, DeletionTarget, RemoteImage } from '../providers/account.ts';
import { PolicyInvalidError } from '../retention/problem.ts';
import { remoteChooserOf } from './remote-choice.ts';
import { deleteRemote, type ItemOutcome } from './remote-deleting.ts';
import { evaluateRemote } from './remote-evaluation.ts';
import { viewRemote } from './remote-view.ts';

const NOW = new Date('2026-11-20T10:00:00Z');
const SIGNAL = new AbortController().signal;
const RULES: DeletionRules = { tag: 'native', manifest: true, takesTags: true, wantsUntagged: false, batch: 100 };

describe('cleaning up another registry', () => {
  it('deletes nothing that an index names whose deletion was refused', async () => {
    const world = new World([index('a', ['v1'], ['b', 'c']), image('b'), image('c')]);
    world.refused.add(digestOf('a'));
    const items = await world.plan(selection({ tags: ['v1'] }));
    expect(items.map(({ digest }) => digest)).toEqual(['a', 'b', 'c'].map(digestOf));
    const outcomes = await world.delete(items);
    expect(outcomes.map(({ result }) => result)).toEqual(['kept', 'kept', 'kept']);
    expect(outcomes.at(-1)?.reason).toContain(`index ${digestOf('a')} names it`);
    expect(world.asked).toEqual([digestOf('a')]);
  });

  it('leaves its signature to what was refused', async () => {
    const tag = digestOf('a').replace(':', '-');
    const world = new World([
      image('a', ['v1']),
      image('b', [`${tag}.sig`]),
      { ...image('c'), subject: digestOf('a') },
    ]);
    world.refused.add(digestOf('a'));
    const items = await world.plan(selection({ tags: ['v1'] }));
    expect(items.filter(({ action }) => action === 'delete')).toHaveLength(3);
    const outcomes = await world.delete(items);
    expect(outcomes.map(({ result }) => result)).toEqual(['kept', 'kept', 'kept']);
    expect(world.asked).toEqual([digestOf('a')]);
  });

  it('is soon done with indexes of indexes that each name the next very often, or one another', async () => {
    const letters = Array.from('abcdef0123');
    const chain = letters.map((letter, place) =>
      index(
        letter,
        place === 0 ? ['v1'] : [],
        Array.from({ length: 100 }, () => letters[place + 1] ?? '9'),
      ),
    );
    const world = new World([...chain, index('8', [], ['7']), index('7', [], ['8'])]);
    const { images } = await viewRemote(world.account(), 'app', SIGNAL);
    const depthOf = (letter: string): number | undefined => images.get(digestOf(letter))?.depth;
    expect(['3', '2', '1', '0', 'a', '7'].map(depthOf)).toEqual([1, 2, 3, 4, 8, 8]);
  });

  it('asks for an index before it asks for what that names', async () => {
    const world = new World([index('c', ['v1'], ['a', 'b']), image('a'), image('b')]);
    const outcomes = await world.delete(await world.plan(selection({ tags: ['v1'] })));
    expect(outcomes.map(({ result }) => result)).toEqual(['deleted', 'deleted', 'deleted']);
    expect(world.asked).toEqual(['c', 'a', 'b'].map(digestOf));
  });

  it('keeps what an index may name that nobody may read', async () => {
    const { children: _, ...unread } = index('a', ['v1'], []);
    const items = await new World([unread, image('b')]).plan(selection({ untagged: true }));
    expect(items).toMatchObject([{ action: 'keep', digest: digestOf('b') }]);
    expect(items[0]?.blockedBy.join()).toContain(`what ${digestOf('a')} names could not be read`);
  });

  it('leaves alone what got a tag since it was looked at, and tags that moved', async () => {
    const world = new World([image('a', ['v1']), image('b', ['v2', 'v3'])]);
    const items = await world.plan(selection({ tags: ['v1', 'v2'] }));
    world.images = [image('a', ['v1', 'stable', 'v2']), image('b', ['v3'])];
    const outcomes = await world.delete(items);
    expect(outcomes.map(({ result }) => result)).toEqual(['kept', 'kept']);
    expect(world.asked).toEqual([]);
  });

  it('takes tags with their images where they do not go alone', async () => {
    const world = new World([image('a', ['v1', 'stable']), image('b', ['v2'])], { ...RULES, tag: 'no' });
    const items = await world.plan(selection({ tags: ['v*'] }));
    expect(items).toMatchObject([
      { action: 'delete', kind: 'manifest', digest: digestOf('b') },
      { action: 'keep', kind: 'tag', tags: ['v1'] },
    ]);
  });

  it('takes nothing for old of which nobody knows the date, and does not count it', async () => {
    const { pushedAt: _, ...undated } = image('a', ['v0']);
    const world = new World([undated, image('b', ['v1'], 40), image('c', ['v2'], 50)]);
    const byAge = await world.plan(selection({ tags: ['v*'], olderThanSeconds: 86_400 }));
    const kept = { action: 'keep', digest: digestOf('a') };
    expect(byAge).toMatchObject([{ digest: digestOf('b') }, { digest: digestOf('c') }, kept]);
    const byCount = await world.plan(policy(COUNT_ONE));
    expect(byCount).toMatchObject([{ action: 'delete', digest: digestOf('c') }, kept]);
  });

  it('takes nothing for unused of which nobody knows when it was used', async () => {
    const used = { ...image('b', ['v2'], 50), pulledAt: new Date(NOW.getTime() - 40 * 86_400_000) };
    const world = new World([image('a', ['v1'], 50), used]);
    const items = await world.plan(selection({ tags: ['v*'], notPulledForSeconds: 30 * 86_400 }));
    expect(items).toMatchObject([
      { action: 'delete', digest: digestOf('b') },
      { action: 'keep', digest: digestOf('a') },
    ]);
  });

  it('takes no policy that asks for what other registries do not tell', () => {
    const source = policy('{"version":1,"rules":[{"keep":{"labels":{"keep":["yes"]}}}]}', 'native');
    expect(() => remoteChooserOf(source)).toThrow(PolicyInvalidError);
  });
});

const COUNT_ONE = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: 'tagged', tagPrefixList: ['v'], countType: 'imageCountMoreThan', countNumber: 1 },
      action: { type: 'expire' },
    },
  ],
});

/** One repository of another registry, which deletes what it is asked to, but for what it refuses. */
class World {
  images: readonly RemoteImage[];
  readonly refused = new Set<string>();
  readonly asked: string[] = [];
  readonly #deletion: DeletionRules;

  constructor(images: readonly RemoteImage[], deletion = RULES) {
    this.images = images;
    this.#deletion = deletion;
  }

  async plan(source: PlanSource): Promise<readonly PlanItem[]> {
    const found: PlanItem[] = [];
    await evaluateRemote(this.account(), { source, asOf: NOW, signal: SIGNAL }, async (_, items) => {
      found.push(...items);
    });
    return found;
  }

  async delete(items: readonly PlanItem[]): Promise<readonly ItemOutcome[]> {
    const account = this.account();
    const view = await viewRemote(account, 'app', SIGNAL);
    const placed = items.map((item, position) => ({ position, item }));
    const outcomes: ItemOutcome[] = [];
    for await (const some of deleteRemote({ account, view, signal: SIGNAL }, placed)) outcomes.push(...some);
    return outcomes;
  }

  account(): Account {
    const { images, refused, asked } = this;
    const account: Pick<Account, 'images' | 'deletion' | 'delete'> = {
      deletion: this.#deletion,
      images: async function* () {
        yield* images;
      },
      delete: async function* (_: string, targets: readonly DeletionTarget[]) {
        for (const target of targets) {
          const name = target.kind === 'tag' ? target.tag : target.digest;
          asked.push(name);
          if (refused.has(name)) yield { target, result: 'refused', reason: 'It is protected.' } as const;
          else yield { target, result: 'deleted' } as const;
        }
      },
    };
    return account as Account; // nothing else is asked of it
  }
}

function selection(more: Omit<Extract<PlanSource, { kind: 'selection' }>['selection'], 'repositories'>): PlanSource {
  return { kind: 'selection', selection: { repositories: 'app', ...more } };
}

function policy(document: string, kind = 'ecr'): PlanSource {
  return { kind: 'policy', policy: { kind, document, patterns: ['app'] } };
}

function image(letter: string, tags: readonly string[] = [], ageDays = 30): RemoteImage {
  const pushedAt = new Date(NOW.getTime() - ageDays * 86_400_000);
  return { digest: digestOf(letter), tags, mediaType: OCI_MANIFEST, subject: null, pushedAt };
}

function index(letter: string, tags: readonly string[], children: readonly string[]): RemoteImage {
  return { ...image(letter, tags), mediaType: OCI_INDEX, children: children.map(digestOf) };
}

function digestOf(letter: string): Digest {
  return `sha256:${letter.repeat(64)}` as Digest;
}
