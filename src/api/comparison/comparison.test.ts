import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { askAdmin, openInstallation, type Installation } from '../../../test/support/admin.ts';
import { contentOf, IMAGE_CONFIG, descriptorOf, imageOf, indexOf, randomBlob } from '../../../test/support/image.ts';
import { pushBlob, pushImage, pushManifest } from '../../../test/support/pushed-image.ts';
import { basicAuthorization } from '../../../test/support/server.ts';

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

const PATH = '/repositories/team%2Fapp/comparison';

async function compare(query: string): Promise<Record<string, unknown>> {
  const { status, document } = await askAdmin(installation, 'GET', `${PATH}?${query}`);
  expect([status, installation.failures]).toEqual([200, []]);
  return document;
}

describe('two images, compared', () => {
  it('have layers that both have, or one, and configs that differ', async () => {
    const [base, old, young] = [randomBlob(100), randomBlob(30), randomBlob(50)];
    const config = { os: 'linux', architecture: 'amd64' };
    const same = { User: 'app', Entrypoint: ['/entry'] };
    await pushImage(installation, 'team/app', {
      name: 'v1',
      layers: [base, old],
      config: {
        ...config,
        config: { ...same, Env: ['A=1', 'B=b=b'], Labels: { gone: 'x' }, Volumes: { '/data': {} } },
      },
    });
    await pushImage(installation, 'other/app', {
      name: 'v2',
      layers: [base, young],
      config: { ...config, config: { ...same, Env: ['A=2', 'B=b=b'], Cmd: ['run'], ExposedPorts: { '80/tcp': {} } } },
    });
    const document = await compare('from=v1&to=v2&toRepository=other/app');
    expect(document).toMatchObject({
      from: { repository: 'team/app', reference: 'v1', platform: null, bytes: 130 },
      to: { repository: 'other/app', reference: 'v2', platform: null, bytes: 150 },
      bytes: 20,
      layers: [
        { digest: old.digest, change: 'removed', size: 30 },
        { digest: base.digest, change: 'shared', size: 100 },
        { digest: young.digest, change: 'added', size: 50 },
      ],
      isConfigRead: true,
    });
    expect(document['config']).toEqual([
      { field: 'command', name: null, from: null, to: '["run"]' },
      { field: 'exposedPorts', name: '80/tcp', from: null, to: '80/tcp' },
      { field: 'volumes', name: '/data', from: '/data', to: null },
      { field: 'environment', name: 'A', from: '1', to: '2' },
      { field: 'labels', name: 'gone', from: 'x', to: null },
    ]);
    expect(await compare('from=v1&to=v1')).toMatchObject({ bytes: 0, config: [], layers: [{ change: 'shared' }, {}] });
  });

  it('of indexes are those of one platform', async () => {
    const index = async (name: string, sizes: readonly number[]): Promise<readonly string[]> => {
      const children = [];
      for (const size of sizes) {
        children.push(await pushImage(installation, 'team/app', { layers: [randomBlob(size)] }));
      }
      await pushManifest(installation, 'team/app', { ...indexOf(children), name });
      return children.map(({ digest }) => digest);
    };
    const [amd, arm] = await index('v1', [10, 20]);
    const [other, otherArm] = await index('v2', [11, 22]);
    const linux = { platform: 'linux/amd64' };
    expect(await compare('from=v1&to=v2')).toMatchObject({
      from: { image: amd, ...linux },
      to: { image: other },
      bytes: 1,
    });
    const arms = { from: { image: arm }, to: { image: otherArm }, bytes: 2 };
    expect(await compare('from=v1&to=v2&platform=linux/arm64')).toMatchObject(arms);
    const { status, document } = await askAdmin(installation, 'GET', `${PATH}?from=v1&to=v2&platform=plan9/mips`);
    expect([status, document['type']]).toEqual([404, expect.stringContaining('PLATFORM_UNKNOWN')]);
  });

  it('are compared without a config that cannot be read', async () => {
    const config = contentOf(IMAGE_CONFIG, new TextEncoder().encode('{'));
    await pushBlob(installation, 'team/app', config);
    await pushManifest(installation, 'team/app', {
      ...imageOf([], { config: descriptorOf(config) }).manifest,
      name: 'v1',
    });
    await pushImage(installation, 'team/app', { name: 'v2', config: { os: 'linux' } });
    const read = { isConfigRead: false, config: [{ field: 'os', from: null, to: 'linux' }] };
    expect(await compare('from=v1&to=v2')).toMatchObject(read);
  });

  it('are refused where one may not be pulled, whether or not it is there', async () => {
    await pushImage(installation, 'team/app', { name: 'v1' });
    await pushImage(installation, 'secret/app', { name: 'v1' });
    const password = 'a long enough password';
    await askAdmin(installation, 'POST', '/users', { name: 'ada', password });
    const grant = { to: { kind: 'user', name: 'ada' }, pattern: 'team/**', actions: ['pull'] };
    await askAdmin(installation, 'POST', '/grants', grant);
    const { authenticator } = installation.auth;
    const ada = await authenticator.identify(basicAuthorization('ada', password), { source: '192.0.2.1' });
    const ask = async (path: string): Promise<number> =>
      (await installation.api(new Request(`http://localhost/api/v1/repositories/${path}`), ada)).status;
    expect(await ask('team%2Fapp/comparison?from=v1&to=v1')).toBe(200);
    for (const name of ['secret/app', 'secret/nothing']) {
      expect(await ask(`team%2Fapp/comparison?from=v1&to=v1&toRepository=${name}`)).toBe(403);
      expect(await ask(`team%2Fapp/comparison?from=nothing&to=v1&toRepository=${name}`)).toBe(403);
      expect(await ask(`${encodeURIComponent(name)}/comparison?from=v1&to=v1&toRepository=team/app`)).toBe(403);
    }
  });
});
