import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { askAdmin, openInstallation, type Installation } from '../../../test/support/admin.ts';
import { imageOf, randomBlob } from '../../../test/support/image.ts';
import { systemActor } from '../../metadata/actor.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { parseTag } from '../../oci/tag.ts';

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

const FEW = 'mode: keep-wins\nrules:\n  - name: few\n    action: expire\n    beyondNewest: 1\n';

async function push(repository: string, tag: string): Promise<void> {
  const { manifest } = imageOf([randomBlob(10)]);
  const pushed = { bytes: manifest.bytes, contentType: manifest.mediaType, extraTags: [] };
  const name = parseRepositoryName(repository);
  await installation.manifests.put(name, { tag: parseTag(tag) }, pushed, systemActor('import'));
  installation.clock.now = new Date(installation.clock.now.getTime() + 60_000);
}

const decide = (input: object) =>
  askAdmin(installation, 'POST', '/policy-decisions', { kind: 'native', patterns: ['**'], document: FEW, ...input });

describe('what a document would do with images', () => {
  it('is said of each, also of those that stay, and why', async () => {
    for (const tag of ['v1', 'v2']) await push('team/app', tag);
    await push('team/web', 'v1');
    const { document } = await decide({});
    expect(document).toMatchObject({
      images: [
        { repository: 'team/app', tags: ['v2'], goes: false, blockedBy: [], lastPulledAt: null },
        { repository: 'team/app', tags: ['v1'], goes: true },
        { repository: 'team/web', tags: ['v1'], goes: false },
      ],
      next: null,
    });
    const [stays, goes] = document['images'] as { reason: string }[];
    expect(stays?.reason).not.toBe('');
    expect(goes?.reason).toContain('number 2 of 2');
    // Nothing was written down, and nothing went.
    expect((await askAdmin(installation, 'GET', '/plans')).document).toMatchObject({ plans: [] });
    expect((await decide({})).document).toEqual(document);
  });

  it('names what keeps an image that was to go', async () => {
    for (const tag of ['v1', 'v2']) await push('team/app', tag);
    const rule = { kind: 'immutable', pattern: '**', tags: ['v1'] };
    const { status } = await askAdmin(installation, 'POST', '/rules', rule);
    expect(status).toBe(201);
    const { document } = await decide({});
    const [, kept] = document['images'] as { goes: boolean; blockedBy: string[] }[];
    expect(kept).toMatchObject({ goes: false });
    expect(kept?.blockedBy).toHaveLength(1);
  });

  it('comes in pages that end with a repository', async () => {
    for (const repository of ['a', 'b', 'c']) await push(repository, 'v1');
    const first = await decide({ limit: 2 });
    expect(first.document).toMatchObject({ images: [{ repository: 'a' }, { repository: 'b' }], next: 'b' });
    const second = await decide({ limit: 2, after: 'b' });
    expect(second.document).toMatchObject({ images: [{ repository: 'c' }], next: null });
  });

  it('is refused where the document is wrong', async () => {
    const { status, document } = await decide({ document: 'mode: sometimes' });
    expect(status).toBe(400);
    expect(document).toMatchObject({ type: '/api/v1/problems/POLICY_INVALID' });
  });
});
