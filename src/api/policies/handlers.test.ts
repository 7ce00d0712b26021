import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { askAdmin, openInstallation, type Installation } from '../../../test/support/admin.ts';
import { imageOf, randomBlob } from '../../../test/support/image.ts';
import { localAdministrator } from '../../auth/identity.ts';
import { systemActor } from '../../metadata/actor.ts';
import { parseDigest } from '../../oci/digest.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import { parseTag } from '../../oci/tag.ts';

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

/** As it is in the request that this registry was made for, to the letter. */
const ECR_POLICY = `{
  "rules": [
    {
      "rulePriority": 1,
      "description": "Keep last 10 tagged images",
      "selection": {
        "tagStatus": "tagged",
        "tagPrefixList": ["v"],
        "countType": "imageCountMoreThan",
        "countNumber": 10
      },
      "action": {
        "type": "expire"
      }
    },
    {
      "rulePriority": 2,
      "description": "Expire untagged images older than 7 days",
      "selection": {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": 7
      },
      "action": {
        "type": "expire"
      }
    }
  ]
}
`;

const HOUR = 3_600_000;
const repository = parseRepositoryName('team/app');

/** @returns its digest. */
async function push(tag: string | undefined): Promise<string> {
  const { manifest } = imageOf([randomBlob(10)]);
  const digest = parseDigest(manifest.digest);
  const reference = tag === undefined ? { digest } : { tag: parseTag(tag) };
  const pushed = { bytes: manifest.bytes, contentType: manifest.mediaType, extraTags: [] };
  await installation.manifests.put(repository, reference, pushed, systemActor('import'));
  return digest;
}

function advance(hours: number): void {
  installation.clock.now = new Date(installation.clock.now.getTime() + hours * HOUR);
}

async function linesOf(path: string, body: object): Promise<readonly Record<string, unknown>[]> {
  const request = new Request(`http://localhost/api/v1${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await (await installation.api(request, localAdministrator())).text();
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function tags(): Promise<readonly string[]> {
  const rows = await installation.database.build((kysely) => kysely.selectFrom('tags').select('name').orderBy('name'));
  return rows.map(({ name }) => name);
}

/** Twelve versions, an hour apart, an old untagged image and one that another policy would take. */
async function fill(): Promise<{ readonly loose: string; readonly oldest: readonly string[] }> {
  const loose = await push(undefined);
  await push('latest');
  advance(24 * 8);
  const digests: string[] = [];
  for (let version = 1; version <= 12; version += 1) {
    digests.push(await push(`v1.${version}`));
    advance(1);
  }
  await push(undefined);
  return { loose, oldest: digests.slice(0, 2) };
}

const POLICY = { name: 'keep-ten', kind: 'ecr', patterns: ['team/**'], document: ECR_POLICY };

describe('a policy of ECR, as it is written', () => {
  it('is previewed with the reason for each image, and what was previewed is what goes', async () => {
    const { loose, oldest } = await fill();
    const added = await askAdmin(installation, 'POST', '/policies', POLICY);
    expect(added.status).toBe(201);
    expect(added.document['policy']).toMatchObject({ document: ECR_POLICY, schedule: null, isEnabled: true });
    const preview = await askAdmin(installation, 'POST', '/policies/keep-ten/preview', {});
    const { id, digest, summary } = preview.document['plan'] as { id: string; digest: string; summary: object };
    expect(summary).toMatchObject({ manifests: 3, chosen: 3, tags: 2, blocked: 0 });
    const { items } = (await askAdmin(installation, 'GET', `/plans/${id}/items?limit=2`)).document as {
      items: readonly Record<string, unknown>[];
    };
    expect(items).toHaveLength(2);
    const all = (await askAdmin(installation, 'GET', `/plans/${id}/items`)).document['items'];
    const byDigest = new Map((all as typeof items).map((item) => [item['digest'], item]));
    expect(new Set(byDigest.keys())).toEqual(new Set([loose, ...oldest]));
    expect(byDigest.get(loose)).toMatchObject({ rule: { priority: 2 }, tags: [] });
    expect(byDigest.get(oldest[0])).toMatchObject({ rule: { priority: 1 }, tags: ['v1.1'] });
    expect(await tags()).toHaveLength(13);

    const lines = await linesOf(`/plans/${id}/apply`, { digest });
    expect(lines.at(-1)).toMatchObject({
      event: 'done',
      report: { state: 'applied', result: { manifests: 3, tags: 2 } },
    });
    const left = await tags();
    expect(left).toHaveLength(11);
    expect(left).not.toContain('v1.1');
    expect(left).not.toContain('v1.2');
  });

  it('is run now, or only looked at, and its runs are remembered', async () => {
    await fill();
    await askAdmin(installation, 'POST', '/policies', POLICY);
    const looked = await linesOf('/policies/keep-ten/run', { dryRun: true });
    expect(looked.at(-1)).toMatchObject({ event: 'done', report: { summary: { planned: 3, manifests: 0 } } });
    expect(await tags()).toHaveLength(13);
    const run = await linesOf('/policies/keep-ten/run', {});
    expect(run.at(-1)).toMatchObject({ event: 'done', report: { summary: { planned: 3, manifests: 3, kept: 0 } } });
    const { runs } = (await askAdmin(installation, 'GET', '/policies/keep-ten/runs')).document as { runs: object[] };
    expect(runs).toMatchObject([
      { state: 'done', trigger: expect.any(String), summary: { isDryRun: false, manifests: 3 } },
      { state: 'done', summary: { isDryRun: true } },
    ]);
    const audit = await installation.database.build((kysely) =>
      kysely
        .selectFrom('audit')
        .select('action')
        .where('action', 'in', ['policy.created', 'policy.run', 'plan.applied']),
    );
    expect(audit.map(({ action }) => action).toSorted()).toEqual([
      'plan.applied',
      'policy.created',
      'policy.run',
      'policy.run',
    ]);
  });

  it('is refused with the place of everything that is wrong', async () => {
    const document = ECR_POLICY.replace('"countNumber": 10', '"countNumber": 0').replace('"days"', '"weeks"');
    const refused = await askAdmin(installation, 'POST', '/policies', { ...POLICY, document });
    expect(refused.status).toBe(400);
    expect(refused.document).toMatchObject({ type: '/api/v1/problems/POLICY_INVALID' });
    const fields = (refused.document['errors'] as { field: string }[]).map(({ field }) => field);
    expect(fields.toSorted()).toEqual(['rules[0].selection.countNumber', 'rules[1].selection.countUnit']);
    const said = await askAdmin(installation, 'POST', '/policy-validations', { kind: 'ecr', document });
    expect(said.document).toMatchObject({ isValid: false });
    expect(said.document['problems']).toHaveLength(2);
  });
});

describe('a scheduled policy', () => {
  const signal = new AbortController().signal;

  it('runs when its time has come, once for all the times it missed', async () => {
    await fill();
    const scheduled = { ...POLICY, schedule: '0 3 * * *', timeZone: 'Europe/Paris' };
    const added = await askAdmin(installation, 'POST', '/policies', scheduled);
    const { nextRunAt } = added.document['policy'] as { nextRunAt: string };
    expect(nextRunAt.slice(11)).toBe('02:00:00.000Z');
    await installation.policyRunner.runDue('here', signal);
    expect(await tags()).toHaveLength(13);
    installation.clock.now = new Date(new Date(nextRunAt).getTime() + 72 * HOUR);
    await installation.policyRunner.runDue('here', signal);
    await installation.policyRunner.runDue('here', signal);
    expect(await tags()).toHaveLength(11);
    const { runs } = (await askAdmin(installation, 'GET', '/policies/keep-ten/runs')).document as { runs: object[] };
    expect(runs).toMatchObject([{ trigger: 'schedule', state: 'done' }]);
    const { policy } = (await askAdmin(installation, 'GET', '/policies/keep-ten')).document as {
      policy: { nextRunAt: string };
    };
    expect(new Date(policy.nextRunAt).getTime()).toBeGreaterThan(installation.clock.now.getTime());
    expect(installation.failures).toEqual([]);
  });

  it('does not run while it is disabled, and deletes nothing when it only looks', async () => {
    await fill();
    await askAdmin(installation, 'POST', '/policies', { ...POLICY, schedule: '@hourly', isEnabled: false });
    advance(3);
    await installation.policyRunner.runDue('here', signal);
    const runs = async () => (await askAdmin(installation, 'GET', '/policies/keep-ten/runs')).document['runs'];
    expect(await runs()).toEqual([]);
    const changed = await askAdmin(installation, 'PUT', '/policies/keep-ten', { isEnabled: true, isDryRun: true });
    expect(changed.document['policy']).toMatchObject({ schedule: '@hourly', document: ECR_POLICY });
    advance(3);
    await installation.policyRunner.runDue('here', signal);
    expect(await runs()).toMatchObject([
      { trigger: 'schedule', summary: { isDryRun: true, planned: 3, manifests: 0 } },
    ]);
    expect(await tags()).toHaveLength(13);
  });

  it('is gone on with when its node died half-way', async () => {
    await fill();
    await askAdmin(installation, 'POST', '/policies', POLICY);
    await linesOf('/policies/keep-ten/run', { dryRun: true });
    // As a node leaves it that dies after the plan began.
    await installation.database.transaction(async (tx) => {
      await tx.build((kysely) => kysely.updateTable('policy_runs').set({ state: 'running', trigger: 'schedule' }));
      await tx.build((kysely) => kysely.updateTable('plans').set({ state: 'applying' }));
    });
    await installation.policyRunner.runDue('here', signal);
    expect(await tags()).toHaveLength(11);
    const { runs } = (await askAdmin(installation, 'GET', '/policies/keep-ten/runs')).document as { runs: object[] };
    expect(runs).toMatchObject([{ state: 'done', summary: { manifests: 3 } }]);
  });

  it('is refused with a schedule that is none', async () => {
    const refused = await askAdmin(installation, 'POST', '/policies', { ...POLICY, schedule: 'sometimes' });
    expect(refused.document).toMatchObject({ type: '/api/v1/problems/SCHEDULE_INVALID' });
  });
});

describe('policies', () => {
  it('are listed page by page, changed, and removed with their runs', async () => {
    for (const name of ['a', 'b', 'c']) await askAdmin(installation, 'POST', '/policies', { ...POLICY, name });
    const first = await askAdmin(installation, 'GET', '/policies?limit=2');
    expect(first.document['next']).toBe('b');
    const rest = await askAdmin(installation, 'GET', '/policies?limit=2&after=b');
    expect(rest.document['policies']).toMatchObject([{ name: 'c' }]);
    expect((await askAdmin(installation, 'POST', '/policies', { ...POLICY, name: 'a' })).status).toBe(409);
    await linesOf('/policies/a/run', {});
    await askAdmin(installation, 'DELETE', '/policies/a');
    expect((await askAdmin(installation, 'GET', '/policies/a')).status).toBe(404);
    expect(await installation.database.build((kysely) => kysely.selectFrom('policy_runs').selectAll())).toEqual([]);
  });

  it('may start from presets, each of which is right', async () => {
    const { presets } = (await askAdmin(installation, 'GET', '/policy-presets')).document as {
      presets: readonly { name: string; kind: string; document: string }[];
    };
    expect(presets.length).toBeGreaterThan(5);
    for (const { kind, document } of presets) {
      const { document: said } = await askAdmin(installation, 'POST', '/policy-validations', { kind, document });
      expect(said).toMatchObject({ isValid: true });
      const preview = await askAdmin(installation, 'POST', '/policy-previews', { kind, document, patterns: ['**'] });
      expect(preview.status).toBe(201);
    }
  });
});
