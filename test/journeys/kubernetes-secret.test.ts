import { afterAll, beforeAll, expect, it, setDefaultTimeout } from 'bun:test';
import { havre, havreOk, JOURNEY_MILLISECONDS, openRegistry, type Registry } from './harness/registry.ts';
import { journey } from './harness/tools.ts';

setDefaultTimeout(JOURNEY_MILLISECONDS);

interface Secret {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
}

journey('havre k8s secret', [], () => {
  const stack = new AsyncDisposableStack();
  let registry: Registry;
  let id: string;

  beforeAll(async () => {
    registry = stack.use(await openRegistry());
    const add = [
      'registries',
      'add',
      'Docker Hub',
      'docker.io',
      '--username',
      'myuser',
      '--password-stdin',
      '--no-check',
    ];
    const added = JSON.parse(await havreOk(registry, [...add, '--json'], 'dckr_pat_xxxxx')) as { id: string };
    id = added.id;
  });
  afterAll(() => stack.disposeAsync());

  it('is the image pull secret of the manual, with the key that kubelet knows Docker Hub by', async () => {
    const secret = Bun.YAML.parse(await havreOk(registry, ['k8s', 'secret', id, '--namespace', 'prod'])) as Secret;
    expect(secret).toMatchObject({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: `registry-secret-${id}`, namespace: 'prod' },
      type: 'kubernetes.io/dockerconfigjson',
    });
    expect(Object.keys(secret.data)).toEqual(['.dockerconfigjson']);
    expect(JSON.parse(atob(secret.data['.dockerconfigjson'] ?? ''))).toEqual({
      auths: {
        'https://index.docker.io/v1/': {
          username: 'myuser',
          password: 'dckr_pat_xxxxx',
          auth: btoa('myuser:dckr_pat_xxxxx'),
        },
      },
    });
  });

  it('is the same Secret each time, and another one after the password changed', async () => {
    const first = await havreOk(registry, ['k8s', 'secret', 'Docker Hub']);
    expect(await havreOk(registry, ['k8s', 'secret', 'Docker Hub'])).toBe(first);
    await havreOk(registry, ['registries', 'update', id, '--password-stdin'], 'dckr_pat_yyyyy');
    const second = await havreOk(registry, ['k8s', 'secret', 'Docker Hub']);
    expect(second).not.toBe(first);
    expect(second).toContain(`registry-secret-${id}`);
  });

  it('is nobody’s where there is no such registry', async () => {
    const asked = await havre(registry, ['k8s', 'secret', 'none']);
    expect(asked).toMatchObject({ status: 1, stdout: '' });
  });
});
