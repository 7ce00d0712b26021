import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'bun:test';
import { havre } from '../support/command-line.ts';
import { removeFolder, temporaryFolder } from '../support/folders.ts';
import { descriptorOf, imageOf, indexOf, randomBlob } from '../support/image.ts';
import { RegistryClient } from '../support/registry-client.ts';
import { startHavre } from '../support/server.ts';

/** As whoever asked for this registry wrote it, to the letter. */
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

describe('the lifecycle policy of ECR on a running server', () => {
  it('keeps ten versions, takes what belongs to the others, and all of it comes back', async () => {
    const folder = temporaryFolder('lifecycle');
    await using server = await startHavre();
    const client = new RegistryClient(server);
    const oldest = imageOf([randomBlob(1000)]);
    await client.pushImage('team/app', oldest);
    const index = indexOf([oldest.manifest]);
    await client.pushManifest('team/app', index, 'v1.0');
    await client.pushImage('team/app', imageOf([randomBlob(10)], { subject: descriptorOf(index) }));
    for (let minor = 1; minor <= 10; minor += 1) {
      await client.pushImage('team/app', imageOf([randomBlob(1000)]), `v1.${minor}`);
    }
    await client.pushImage('team/app', imageOf([randomBlob(1000)]), 'latest');
    const file = join(folder, 'lifecycle.json');
    writeFileSync(file, ECR_POLICY);
    const run = (...args: readonly string[]) => havre([...args, '--data', server.data], {});

    expect(await run('policy', 'validate', file)).toMatchObject({ status: 0, stderr: '' });
    expect(await run('policy', 'add', 'keep-ten', file, '--repository', 'team/**')).toMatchObject({ status: 0 });
    const preview = await run('policy', 'preview', 'keep-ten', '--json');
    const plan = JSON.parse(preview.stdout) as { id: string; digest: string; items: { digest: string }[] };
    const going = plan.items.filter((item) => (item as { action?: string }).action === 'delete');
    expect(going[0]).toMatchObject({ tags: ['v1.0'], digest: index.digest, rule: { priority: 1 } });
    expect(going).toHaveLength(3);

    const applied = await run('plan', 'apply', plan.id, '--digest', plan.digest);
    expect(applied).toMatchObject({ status: 0, stdout: expect.stringContaining(`havre restore --plan ${plan.id}`) });
    const tags = await client.tags('team/app');
    expect(tags).toHaveLength(11);
    expect(tags).not.toContain('v1.0');
    for (const { digest } of going) {
      expect((await client.send('GET', `/v2/team/app/manifests/${digest}`)).status).toBe(404);
    }
    expect(await run('restore', '--plan', plan.id)).toMatchObject({ status: 0 });
    expect(await client.tags('team/app')).toHaveLength(12);
    expect(await client.pullManifest('team/app', oldest.manifest.digest)).toEqual(oldest.manifest.bytes);
    expect(await run('policy', 'run', 'keep-ten')).toMatchObject({ status: 0 });
    expect(await client.tags('team/app')).toHaveLength(11);
    await server.stop();
    removeFolder(folder);
  }, 120_000);
});
