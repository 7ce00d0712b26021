import { expect, it } from 'bun:test';
import { INDEX, type FakeRepository } from '../../../test/fakes/fake-repository.ts';
import type { DeletionTarget } from '../account.ts';
import type { Asking } from './provider-contract.ts';
import { collected } from './questions.ts';

/** What every kind does when it is to delete, by its own rules. */
export function deletionContract(asking: () => Asking): void {
  it('says its rules', () => {
    const { open, facts } = asking();
    expect(open('valid').deletion).toEqual(facts.deletion);
  });

  it('deletes a tag, and leaves its neighbours, where tags can be deleted alone', async () => {
    const { open, seed, signal, facts } = asking();
    if (facts.deletion.tag === 'no') return;
    const repository = seed();
    repository.push({ tags: ['v1'] });
    const kept = repository.push({ tags: ['v2', 'v3'] });
    const account = open('valid');
    const targets: DeletionTarget[] = [
      { kind: 'tag', tag: 'v1' },
      { kind: 'tag', tag: 'v2', digest: kept },
      { kind: 'tag', tag: 'not-there' },
    ];
    const outcomes = await collected(account.delete(facts.repository, targets, signal));

    const resultByTarget = new Map(outcomes.map(({ target, result }) => [target, result]));
    expect(outcomes.length).toBe(3);
    expect(targets.map((target) => resultByTarget.get(target))).toEqual(['deleted', 'deleted', 'gone-already']);
    expect([...repository.tags.keys()]).toEqual(['v3']);
    expect(repository.find('v3')?.digest).toBe(kept);
  });

  it('deletes an index and its children, in the order that the registry wants', async () => {
    const { open, seed, signal, facts } = asking();
    if (!facts.deletion.manifest) return;
    const repository = seed();
    const index = repository.push({ tags: ['v1', 'latest'], platforms: ['linux/amd64', 'linux/arm64'] });
    const kept = repository.push({ tags: ['v2'] });
    const children = repository.manifests.get(index)?.children ?? [];
    const account = open('valid');
    const referenceByDigest = new Map(
      (await collected(account.images(facts.repository, signal))).map(({ digest, reference }) => [digest, reference]),
    );
    const targets = [...children, index].map((digest) =>
      manifestTarget(repository, digest, referenceByDigest.get(digest)),
    );
    const outcomes = await collected(account.delete(facts.repository, targets, signal));

    expect(outcomes.filter(({ result }) => result === 'refused')).toEqual([]);
    expect(new Set(outcomes.map(({ target }) => target))).toEqual(new Set(targets));
    expect([...repository.manifests.keys()]).toEqual([kept]);
  });

  it('deletes nothing by a name that is none, and tells so', async () => {
    const { open, seed, fake, signal, facts } = asking();
    const repository = seed();
    repository.push({ tags: ['v1'] });
    const targets: DeletionTarget[] = [
      { kind: 'tag', tag: '..' },
      { kind: 'tag', tag: 'v1/../../x' },
      { kind: 'manifest', digest: 'sha256:../x', tags: [], isIndex: false },
      { kind: 'manifest', digest: 'sha256:' + '0'.repeat(64), tags: ['..'], isIndex: false },
    ];
    const outcomes = await collected(open('valid').delete(facts.repository, targets, signal));
    expect(outcomes.map(({ result }) => result)).toEqual(targets.map(() => 'refused'));
    expect(outcomes.every(({ reason }) => reason?.startsWith('No ') === true)).toBe(true);
    expect(fake.requests.filter(({ method }) => method === 'DELETE')).toEqual([]);
    expect([...repository.tags.keys()]).toEqual(['v1']);
  });

  it('tells what was refused, and deletes the others', async () => {
    const { open, seed, fake, signal, facts } = asking();
    const repository = seed();
    const digests = ['v1', 'v2', 'v3'].map((tag) => repository.push({ tags: [tag] }));
    const account = open('valid');
    const images = await collected(account.images(facts.repository, signal));
    const targets = facts.deletion.manifest
      ? digests
          .slice(0, 2)
          .map((digest) =>
            manifestTarget(repository, digest, images.find((image) => image.digest === digest)?.reference),
          )
      : ['v1', 'v2'].map((tag): DeletionTarget => ({ kind: 'tag', tag }));
    let isFirst = true;
    fake.interrupt({
      matches: ({ method }) => method === 'DELETE',
      times: 1,
      reply: () => {
        isFirst = false;
        return Response.json({ message: 'It is protected.' }, { status: 403 });
      },
    });
    const outcomes = await collected(account.delete(facts.repository, targets, signal));

    if (isFirst) return;
    const refused = outcomes.filter(({ result }) => result === 'refused');
    expect(refused.length).toBe(1);
    expect(refused[0]?.reason).toMatch(/\.$/);
    expect(outcomes.length).toBe(2);
  });
}

function manifestTarget(repository: FakeRepository, digest: string, reference: string | undefined): DeletionTarget {
  return {
    kind: 'manifest',
    digest,
    tags: repository.tagsOf(digest),
    isIndex: repository.manifests.get(digest)?.mediaType === INDEX,
    ...(reference === undefined ? {} : { reference }),
  };
}
