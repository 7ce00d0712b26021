import { describe, expect, it } from 'bun:test';
import { parseRegistryUrl } from '../../providers/registry-url.ts';
import { configKeyOf, dockerConfig, hostOfKey, LoginUnwritableError } from './docker-config.ts';
import { kubernetesSecret, SecretInvalidError, type SecretOptions } from './kubernetes-secret.ts';
import { loginLines } from './login-lines.ts';
import { yamlOf } from './yaml.ts';

const SERVICE_ACCOUNT = `{\n  "type": "service_account",\n  "private_key": "-----BEGIN PRIVATE KEY-----\\nAé=\\n"\n}\n`;

describe('the key of a registry in Docker’s configuration', () => {
  const cases = [
    ['docker.io', 'https://index.docker.io/v1/'],
    ['registry-1.docker.io', 'https://index.docker.io/v1/'],
    ['https://index.docker.io/v1/', 'https://index.docker.io/v1/'],
    ['ghcr.io/owner', 'ghcr.io'],
    ['http://localhost:5000/', 'localhost:5000'],
    ['123456789012.dkr.ecr.eu-west-3.amazonaws.com', '123456789012.dkr.ecr.eu-west-3.amazonaws.com'],
  ] as const;
  for (const [url, key] of cases) {
    it(`of ${url} is ${key}`, () => expect(configKeyOf(parseRegistryUrl(url))).toBe(key));
  }

  it('has the path behind it for one of several accounts', () => {
    expect(configKeyOf(parseRegistryUrl('quay.io/team-a'), 'path')).toBe('quay.io/team-a');
    expect(configKeyOf(parseRegistryUrl('docker.io/user'), 'path')).toBe('docker.io/user');
    expect(configKeyOf(parseRegistryUrl('quay.io'), 'path')).toBe('quay.io');
  });

  it('is understood however a client writes it', () => {
    for (const key of ['https://index.docker.io/v1/', 'docker.io', 'registry-1.docker.io', 'index.docker.io/v1/\n']) {
      expect(hostOfKey(key)).toBe('docker.io');
    }
    for (const key of ['ghcr.io', 'https://ghcr.io', 'https://ghcr.io/v2/', 'https://ghcr.io/v1/', 'GHCR.io']) {
      expect(hostOfKey(key)).toBe('ghcr.io');
    }
    expect(hostOfKey('localhost:5000')).toBe('localhost:5000');
  });
});

describe('docker’s configuration', () => {
  it('says a login thrice', () => {
    expect(dockerConfig([{ key: 'registry.example.com:5000', username: 'u', password: 'p' }])).toEqual({
      auths: { 'registry.example.com:5000': { username: 'u', password: 'p', auth: 'dTpw' } },
    });
  });

  it('takes a key of several lines as the password, byte for byte', () => {
    const login = { key: 'gcr.io', username: '_json_key', password: SERVICE_ACCOUNT };
    const { auth } = Object.values(JSON.parse(JSON.stringify(dockerConfig([login]))).auths)[0] as { auth: string };
    expect(Buffer.from(auth, 'base64').toString('utf8')).toBe(`_json_key:${SERVICE_ACCOUNT}`);
    expect(auth).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
    expect(auth.length % 4).toBe(0);
  });

  it('has no place for a username with a colon', () => {
    expect(() => dockerConfig([{ key: 'a.io', username: 'a:b', password: 'p' }])).toThrow(LoginUnwritableError);
  });
});

const WANTED: SecretOptions = {
  id: 'reg-abc123',
  namespace: 'prod',
  login: { key: 'https://index.docker.io/v1/', username: 'u', password: 'p>ÿ?' },
  setAt: new Date('2026-07-01T00:00:00Z'),
  expiresAt: new Date('2026-09-29T00:00:00Z'),
};

describe('a Secret of Kubernetes', () => {
  it('is what kubelet pulls with', () => {
    const secret = kubernetesSecret(WANTED);
    expect(secret).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/dockerconfigjson',
      metadata: {
        name: 'registry-secret-reg-abc123',
        namespace: 'prod',
        labels: { 'app.kubernetes.io/managed-by': 'havre', 'havre.io/registry-id': 'reg-abc123' },
        annotations: {
          'havre.io/credential-version': '2026-07-01T00:00:00.000Z',
          'havre.io/expires-at': '2026-09-29T00:00:00.000Z',
        },
      },
      data: {
        '.dockerconfigjson': expect.stringMatching(/^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/),
      },
    });
    expect(JSON.parse(Buffer.from(secret.data['.dockerconfigjson'], 'base64').toString('utf8'))).toEqual({
      auths: {
        'https://index.docker.io/v1/': {
          username: 'u',
          password: 'p>ÿ?',
          auth: Buffer.from('u:p>ÿ?').toString('base64'),
        },
      },
    });
  });

  it('is the same as YAML', () => {
    const secret = kubernetesSecret(WANTED);
    expect(Bun.YAML.parse(yamlOf(secret))).toEqual(JSON.parse(JSON.stringify(secret)));
    expect(yamlOf(secret)).toStartWith(
      'apiVersion: v1\nkind: Secret\ntype: kubernetes.io/dockerconfigjson\nmetadata:\n  name: registry-secret-reg-abc123\n',
    );
  });

  it('is written so that no reader of YAML takes a text for anything else', () => {
    const texts = {
      a: 'no',
      b: '1e3',
      c: '2026-07-01',
      d: ' x',
      e: 'a: b',
      f: '',
      g: '~',
      h: '*x',
      i: 'null',
      j: 'N',
      '-': '0x1',
    };
    expect(Bun.YAML.parse(yamlOf(texts))).toEqual(texts);
    for (const line of yamlOf(texts).trim().split('\n')) expect(line).toEndWith('"');
  });

  it('may leave the namespace to kubectl, and need not know an end', () => {
    const { namespace: _, expiresAt: __, ...bare } = WANTED;
    const { metadata } = kubernetesSecret(bare);
    expect(metadata).not.toHaveProperty('namespace');
    expect(Object.keys(metadata.annotations)).toEqual(['havre.io/credential-version']);
  });

  it('is refused where Kubernetes would refuse it', () => {
    for (const namespace of ['Prod', 'a_b', '-a', 'a'.repeat(64), 'a.b', '']) {
      expect(() => kubernetesSecret({ ...WANTED, namespace })).toThrow(SecretInvalidError);
    }
    expect(() => kubernetesSecret({ ...WANTED, id: 'reg-ABC' })).toThrow(SecretInvalidError);
    const login = { ...WANTED.login, password: 'x'.repeat(1024 * 1024) };
    expect(() => kubernetesSecret({ ...WANTED, login })).toThrow('1 MiB');
  });
});

describe('lines to log in', () => {
  it('read the password from stdin', () => {
    const lines = loginLines(parseRegistryUrl('ghcr.io/owner'), 'bob');
    expect(lines[0]).toEqual({ tool: 'docker', line: 'docker login ghcr.io --username bob --password-stdin' });
    for (const { line } of lines) expect(line).toEndWith(' --password-stdin');
  });

  it('keep the dollar sign of a robot of Harbor from the shell', async () => {
    const [{ line } = { line: '' }] = loginLines(parseRegistryUrl('harbor.lan:8443'), "robot$team+ci's");
    expect(line).toContain(String.raw`'robot$team+ci'\''s'`);
    const shown = Bun.spawn(['sh', '-c', line.replace('docker login', "printf '%s\\n'")], { stdout: 'pipe' });
    expect((await shown.stdout.text()).split('\n')).toContain("robot$team+ci's");
  });

  it('say what a registry without TLS needs', () => {
    const byTool = new Map(
      loginLines(parseRegistryUrl('http://lan:5000'), 'bob').map(({ tool, line }) => [tool, line]),
    );
    expect(byTool.get('podman')).toContain('podman login lan:5000 --tls-verify=false');
    expect(byTool.get('docker')).toBe('docker login lan:5000 --username bob --password-stdin');
  });
});
