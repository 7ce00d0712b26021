import { describe, expect, it } from 'bun:test';
import { SOMEBODY } from '../../../test/support/actor.ts';
import { sharedEngines } from '../../../test/support/engines.ts';
import { imageOf, type Content } from '../../../test/support/image.ts';
import { openTwoNodes, type Node, type TwoNodes } from '../../../test/support/nodes.ts';
import { findRepositoryId } from '../../metadata/repositories.ts';
import { listTagMoves } from '../../metadata/tag-moves.ts';
import { parseDigest } from '../../oci/digest.ts';
import { ProtectedError } from '../../oci/errors.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { parseTag } from '../../oci/tag.ts';
import { RuleBook } from './rule-book.ts';

const A = parseRepositoryName('a');
const ENGINES = sharedEngines('rules of many nodes').map((engine) => [engine.name, engine] as const);
const IMMUTABLE = { kind: 'immutable', pattern: '**', settings: { tags: ['v*'], except: [] } } as const;

/** An image without layers, whose config alone is pushed. */
async function prepare(node: Node, number: number): Promise<Content> {
  const image = imageOf([], { annotations: { number: String(number) } });
  const [config] = image.blobs;
  if (config === undefined) throw new Error('an image has a config');
  const body = new Blob([config.bytes.slice()]).stream();
  const { signal } = new AbortController();
  await node.uploads.push(A, parseDigest(config.digest), { body, signal, exactBytes: config.bytes.byteLength });
  return image.manifest;
}

async function push(node: Node, tag: string, { bytes, mediaType }: Content): Promise<'done' | 'denied'> {
  const pushed = { bytes, contentType: mediaType, extraTags: [] };
  try {
    await node.manifests.put(A, { tag: parseTag(tag) }, pushed, SOMEBODY);
    return 'done';
  } catch (error) {
    if (error instanceof ProtectedError) return 'denied';
    throw error;
  }
}

function bookOf({ db, clock }: TwoNodes, node: Node): RuleBook {
  return new RuleBook({ db, rules: node.rules, now: clock.now });
}

describe.each(ENGINES)('rules, on %s', (_name, engine) => {
  it('let exactly one of many nodes make an immutable tag', async () => {
    await using nodes = await openTwoNodes(engine);
    const { one, two } = nodes;
    await bookOf(nodes, one).add(IMMUTABLE, SOMEBODY);
    const manifests = await Promise.all([0, 1, 2, 3, 4, 5].map((number) => prepare(one, number)));
    for (const tag of ['v1', 'v2', 'v3', 'v4']) {
      const outcomes = await Promise.all(
        manifests.map((manifest, place) => push(place % 2 === 0 ? one : two, tag, manifest)),
      );
      expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
      const winner = manifests[outcomes.indexOf('done')];
      expect((await two.manifests.get(A, { tag: parseTag(tag) })).digest).toBe(parseDigest(winner?.digest ?? ''));
    }
  });

  it('hold for whatever is pushed after they were made, on every node', async () => {
    await using nodes = await openTwoNodes(engine);
    const { one, two } = nodes;
    const manifests = await Promise.all(Array.from({ length: 8 }, (_, number) => prepare(one, number)));
    await push(one, 'v1', manifests[0] as Content);
    for (let round = 0; round < 5; round += 1) {
      const pushes = manifests.map((manifest, place) => push(place % 2 === 0 ? one : two, 'v1', manifest));
      const { rule } = await bookOf(nodes, one).add(IMMUTABLE, SOMEBODY);
      // What was pushed before it is done: from now on the tag stays.
      const { digest } = await two.manifests.get(A, { tag: parseTag('v1') });
      await Promise.all(pushes);
      expect((await one.manifests.get(A, { tag: parseTag('v1') })).digest).toBe(digest);
      await bookOf(nodes, two).remove(rule.id, SOMEBODY);
    }
  });

  it('write down every move once, each from where the one before led', async () => {
    await using nodes = await openTwoNodes(engine);
    const { one, two } = nodes;
    const manifests = await Promise.all(Array.from({ length: 6 }, (_, number) => prepare(one, number)));
    await Promise.all(
      Array.from({ length: 30 }, (_, place) =>
        push(place % 2 === 0 ? one : two, 'latest', manifests[place % manifests.length] as Content),
      ),
    );
    const repositoryId = (await findRepositoryId(nodes.db, A)) ?? 0;
    const tag = parseTag('latest');
    const moves = (await listTagMoves(nodes.db, { repositoryId, tag }, { limit: 100 })).toReversed();
    const byFrom = new Map(moves.map((move) => [move.from, move]));
    expect(byFrom.get(null)).toBeDefined();
    for (const move of moves) expect(move.from).not.toBe(move.to);
    const arrivals = countOf(moves.map(({ to }) => to));
    const departures = countOf(moves.map(({ from }) => from));
    const { digest } = await one.manifests.get(A, { tag });
    for (const [named, times] of arrivals) {
      expect(times - (departures.get(named) ?? 0)).toBe(named === digest ? 1 : 0);
    }
  });
});

function countOf<Item>(items: readonly Item[]): ReadonlyMap<Item, number> {
  const counts = new Map<Item, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}
