import { expect, it } from 'bun:test';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { Tag } from '../oci/tag.ts';
import { PlanComparison } from './changes.ts';
import type { PlanItem } from './plan.ts';

it('of a repository no more is remembered than was planned there', () => {
  const [app, web] = ['app', 'web'] as RepositoryName[];
  const [one, two] = ['sha256:1', 'sha256:2'] as Digest[];
  const [v1, v2] = ['v1', 'v2'] as Tag[];
  if (!app || !web || !one || !two || !v1 || !v2) throw new Error('nothing to compare');
  const comparison = new PlanComparison();
  const item = { action: 'delete', kind: 'manifest', repository: app, digest: one, tags: [v1] } as unknown as PlanItem;
  comparison.plan({ position: 0, item });
  const manifests = new Map([
    [one, { tags: [v1], annotations: 'long' }],
    [two, { tags: [v2], annotations: 'long' }],
  ]);
  const digestByTag = new Map([
    [v1, one],
    [v2, two],
  ]);
  const found = comparison.foundIn(app, { manifests, digestByTag });
  expect(found).toEqual({ manifests: new Map([[one, { tags: [v1] }]]), digestByTag: new Map([[v1, one]]) });
  expect(comparison.foundIn(web, { manifests, digestByTag })).toEqual({ manifests: new Map(), digestByTag: new Map() });
});
