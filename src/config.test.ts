import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { ConfigError, loadConfig, type ConfigSources } from './config.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'havre-config-'));
});
afterEach(() => {
  rmSync(cwd, { recursive: true });
});

function write(name: string, text: string): void {
  writeFileSync(join(cwd, name), text);
}

function load(sources: ConfigSources = {}): ReturnType<typeof loadConfig> {
  return loadConfig({ env: {}, cwd, ...sources });
}

function problems(sources: ConfigSources = {}): readonly string[] {
  try {
    load(sources);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('with nothing said', () => {
  it('every setting has its default, and nothing is wrong', () => {
    const { config, warnings, origins } = load();

    expect(warnings).toEqual([]);
    expect(config.data).toBe(join(cwd, 'data'));
    expect(config.http.address).toBe(':5000');
    expect(config.http.trustedProxies).toEqual([]);
    expect(config.limits.manifestBytes).toBe(4 * 1024 * 1024);
    expect(config.delete.enabled).toBe(true);
    expect(config.auth.password).toBeUndefined();
    expect(origins.get('data')).toBe('default');
  });
});

describe('the .env of a compose project around distribution', () => {
  const SEED = `# Docker Registry
REGISTRY_USERNAME=admin
REGISTRY_PASSWORD=changeme
REGISTRY_URL=registry.\${HOST}
REGISTRY_LOADBALENCER_SERVER_PORT=5000
REGISTRY_HTTP_ENABLED=true
REGISTRY_HTTP_ADDR=:5000
REGISTRY_STORAGE_DELETE_ENABLED=true
REGISTRY_STORAGE=filesystem
REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=/var/lib/registry
`;

  it('starts as it stands, and each line that has no effect is told with what has', () => {
    write('.env', SEED);
    const { config, warnings, origins } = load();

    expect(config.auth.username).toBe('admin');
    expect(config.auth.password?.reveal()).toBe('changeme');
    expect(config.http.address).toBe(':5000');
    expect(config.delete.enabled).toBe(true);
    expect(config.data).toBe('/var/lib/registry');
    expect(origins.get('data')).toBe('REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY (.env line 10)');
    expect(warnings).toEqual([
      expect.stringMatching(/^REGISTRY_URL \(\.env line 4\) is ignored: HAVRE_PUBLIC_URL /),
      expect.stringMatching(/^REGISTRY_LOADBALENCER_SERVER_PORT \(\.env line 5\) is ignored: .*HAVRE_HTTP_ADDRESS/),
      expect.stringMatching(/^REGISTRY_HTTP_ENABLED \(\.env line 6\) is ignored: .*HAVRE_TLS_CERTIFICATE/),
    ]);
  });

  it('means the same as variables of the environment, which come first', () => {
    write('.env', SEED);
    const { config } = load({
      env: {
        REGISTRY_PASSWORD: 'other',
        REGISTRY_AUTH: 'htpasswd',
        REGISTRY_AUTH_HTPASSWD_PATH: '/auth/htpasswd',
        REGISTRY_AUTH_HTPASSWD_REALM: 'Registry Realm',
        REGISTRY_HTTP_TLS_CERTIFICATE: '/certs/registry.crt',
        REGISTRY_HTTP_TLS_KEY: '/certs/registry.key',
        REGISTRY_LOG_LEVEL: 'warning',
        REGISTRY_HTTP_SECRET: 'unused',
        REGISTRY_USERNAME: '',
      },
    });

    expect(config.auth.password?.reveal()).toBe('other');
    expect(config.auth.username).toBe('admin');
    expect(config.auth.htpasswdPath).toBe('/auth/htpasswd');
    expect(config.auth.realm).toBe('Registry Realm');
    expect(config.tls).toEqual({ certificate: '/certs/registry.crt', key: '/certs/registry.key', minVersion: '1.2' });
    expect(config.log.level).toBe('warn');
  });

  it('gives way to our own names, and says so', () => {
    const { config, warnings } = load({
      env: { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: '/var/lib/registry', HAVRE_DATA: '/srv/havre' },
    });

    expect(config.data).toBe('/srv/havre');
    expect(warnings).toEqual([
      'REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY (environment) is set aside: HAVRE_DATA (environment) says otherwise.',
    ]);
  });

  it('stops when images would go elsewhere than asked', () => {
    expect(problems({ env: { REGISTRY_STORAGE: 's3', REGISTRY_STORAGE_S3_BUCKET: 'images' } })).toEqual([
      'REGISTRY_STORAGE (environment) cannot be followed: images are kept in a folder only, which HAVRE_DATA names.',
    ]);
  });

  it('warns of any other variable, with advice where there is some', () => {
    const { warnings } = load({
      env: {
        'REGISTRY_HTTP_HEADERS_Access-Control-Allow-Origin': '[*]',
        REGISTRY_STORAGE_DELETE_ENABLE: 'true',
        REGISTRY_FANCY: '1',
        REGISTRY_HEALTH_STORAGEDRIVER_ENABLED: 'true',
        REGISTRY_HEALTH_STORAGEDRIVER_INTERVAL: '10s',
      },
    });
    expect(warnings).toEqual([
      'REGISTRY_HTTP_HEADERS_Access-Control-Allow-Origin (environment) is ignored: use HAVRE_HTTP_CORS_ALLOWED_ORIGINS and HAVRE_HTTP_CORS_ALLOW_CREDENTIALS.',
      'REGISTRY_STORAGE_DELETE_ENABLE (environment) is ignored: REGISTRY_STORAGE_DELETE_ENABLED is known, and looks like it.',
      'REGISTRY_FANCY (environment) is ignored: Havre has nothing that answers to it; docs/configuration.md lists what it has.',
      'REGISTRY_HEALTH_STORAGEDRIVER_ENABLED (environment), REGISTRY_HEALTH_STORAGEDRIVER_INTERVAL (environment) are ignored: /livez and /readyz always look at the storage.',
    ]);
  });

  it('warns of a dollar sign in a password that was taken for a variable', () => {
    write('.env', 'REGISTRY_PASSWORD=pa$word\n');
    expect(load().warnings).toEqual([
      'REGISTRY_PASSWORD (.env line 1) names word, which is not set, so that nothing stands there. A dollar sign is written $$.',
    ]);
  });

  it('reads distribution’s own config.yml', () => {
    write(
      'config.yml',
      `version: 0.1
log: {level: debug, fields: {service: registry}}
storage:
  cache: {blobdescriptor: inmemory}
  filesystem: {rootdirectory: /var/lib/registry}
  delete: {enabled: false}
http:
  addr: :5001
  headers: {X-Content-Type-Options: [nosniff]}
`,
    );
    const { config, warnings } = load({ overrides: { config: 'config.yml' }, env: { REGISTRY_HTTP_ADDR: ':5002' } });

    expect(config.data).toBe('/var/lib/registry');
    expect(config.http.address).toBe(':5002');
    expect(config.delete.enabled).toBe(false);
    expect(config.log.level).toBe('debug');
    expect(warnings).toEqual([expect.stringMatching(/^log\.fields\.service \(config\.yml\) is ignored: /)]);
  });
});

describe('one setting in several places', () => {
  it('is taken from the command line, then the environment, .env, YAML', () => {
    write('havre.yaml', 'log: {level: error, format: json}\nhttp: {drainSeconds: 1}\ngc: {graceSeconds: 5}\n');
    write('.env', 'HAVRE_LOG_LEVEL=warn\nHAVRE_LOG_FORMAT=pretty\nHAVRE_HTTP_DRAIN_SECONDS=2\n');
    const { config, origins } = load({
      env: { HAVRE_LOG_LEVEL: 'info', HAVRE_LOG_FORMAT: 'auto', HAVRE_CONFIG: '' },
      overrides: { 'log.level': 'debug', data: undefined },
    });

    expect(config.log).toEqual({ level: 'debug', format: 'auto' });
    expect(config.http.drainSeconds).toBe(2);
    expect(config.gc.graceSeconds).toBe(5);
    expect(
      ['log.level', 'log.format', 'http.drainSeconds', 'gc.graceSeconds'].map((path) => origins.get(path)),
    ).toEqual([
      'log.level (command line)',
      'HAVRE_LOG_FORMAT (environment)',
      'HAVRE_HTTP_DRAIN_SECONDS (.env line 3)',
      'gc.graceSeconds (havre.yaml)',
    ]);
  });

  it('an empty variable is as good as none', () => {
    write('.env', 'HAVRE_LOG_LEVEL=warn\n');
    expect(load({ env: { HAVRE_LOG_LEVEL: '' } }).config.log.level).toBe('warn');
  });
});

describe('the YAML file', () => {
  it('is found in the working folder, then in the data folder, or where HAVRE_CONFIG says', () => {
    mkdirSync(join(cwd, 'data'));
    write('data/havre.yaml', 'log: {level: warn}');
    expect(load().config.log.level).toBe('warn');

    write('havre.yaml', 'log: {level: error}');
    expect(load().config.log.level).toBe('error');

    write('other.yaml', 'log: {level: debug}');
    write('.env', 'HAVRE_CONFIG=other.yaml');
    expect(load().config.log.level).toBe('debug');
  });

  it('must be there when it is named', () => {
    expect(problems({ env: { HAVRE_CONFIG: 'none.yaml' } })).toEqual([
      'The configuration file none.yaml cannot be found.',
    ]);
  });

  it('holds lists, sizes and nested groups', () => {
    write(
      'havre.yaml',
      `publicUrl: https://registry.example.org/
http:
  address: "[::1]:5443"
  trustedProxies: [10.0.0.0/8, 192.168.1.7, "fd00::/8"]
  cors:
    allowedOrigins:
      - https://ui.example.org
limits:
  uploadBytes: 10GB
tls:
  minVersion: 1.3
metrics:
`,
    );
    const { config } = load();

    expect(config.publicUrl).toBe('https://registry.example.org');
    expect(config.http.address).toBe('[::1]:5443');
    expect(config.http.trustedProxies).toEqual(['10.0.0.0/8', '192.168.1.7/32', 'fd00::/8']);
    expect(config.http.cors.allowedOrigins).toEqual(['https://ui.example.org']);
    expect(config.limits.uploadBytes).toBe(10_000_000_000);
    expect(config.tls.minVersion).toBe('1.3');
  });

  it('is wrong with its line and the nearest key', () => {
    write(
      'havre.yaml',
      `http:
  adress: :5000
  drainSeconds: soon
tsl:
  key: x
address: :80
log: debug
data: {a: 1}
auth:
  password: 0123
http:
  drainSeconds: 3
`,
    );
    expect(problems()).toEqual([
      'http is written twice, in havre.yaml on lines 1 and 11.',
      'http.drainSeconds is written twice, in havre.yaml on lines 3 and 12.',
      'tsl (havre.yaml line 4) is not a setting. The nearest is tls.',
      'address (havre.yaml line 6) is not a setting. The nearest is http.address.',
      'log (havre.yaml line 7) is a group of settings, not a value. One of them is log.level.',
      'data (havre.yaml line 8) must be a path.',
      'auth.password (havre.yaml line 10) must be text. Write it in quotes.',
    ]);
  });

  it('is not read as anything when it is not YAML', () => {
    write('havre.yaml', 'http: [1,\n');
    expect(problems()[0]).toMatch(/^havre\.yaml line 1 is not YAML: /);

    write('havre.yaml', 'data: ./images\n\nhttp:\n  address: :5001\n adress: x\nlog:\n  level: info\n');
    expect(problems()[0]).toMatch(/^havre\.yaml line 5 is not YAML: /);

    write('havre.yaml', '- a\n');
    expect(problems()[0]).toMatch(/^havre\.yaml must be one mapping of settings/);
  });
});

describe('what is wrong', () => {
  it('is said all at once, each with its place and the nearest setting', () => {
    write('.env', 'HAVRE_LOG_LEVL=info\n\nHAVRE_LOG_LEVEL=verbose\nHAVRE_DATA="unfinished\n');
    write('havre.yaml', 'gc: {grace: 1}');
    expect(
      problems({ env: { HAVRE_FOO_BAR: '1', HAVRE_HTTP_ADDRESS: '5000' }, overrides: { 'http.port': '1' } }),
    ).toEqual([
      '.env line 4 is not an assignment: a quote may be missing.',
      'http.port (command line) is not a setting. The nearest is http.address.',
      'HAVRE_FOO_BAR (environment) is not a setting. The nearest is HAVRE_DATA.',
      'HAVRE_LOG_LEVL (.env line 1) is not a setting. The nearest is HAVRE_LOG_LEVEL.',
      'gc.grace (havre.yaml) is not a setting. The nearest is gc.graceSeconds.',
      'HAVRE_HTTP_ADDRESS (environment) is "5000": it must be an address to listen on, such as :5000 or 127.0.0.1:5000. A port alone is written :5000.',
      'HAVRE_LOG_LEVEL (.env line 3) is "verbose": it must be one of debug, info, warn, error. The nearest is error.',
    ]);
  });

  const malformed = [
    ['HAVRE_HTTP_DRAIN_SECONDS', '24h', 'a whole number of seconds, from 0 to 3600. 24h is 86400.'],
    ['HAVRE_AUTH_TOKEN_SECONDS', '30', 'a whole number of seconds, from 60 to 86400.'],
    ['HAVRE_LIMITS_MANIFEST_BYTES', '4 potatoes', 'a size such as 512MiB, 10GB or 4096 (bytes), from 64KiB to 64MiB.'],
    [
      'HAVRE_PUBLIC_URL',
      'registry.example.org',
      'a URL of scheme, host and port only, such as https://registry.example.org. With its scheme, that is http://registry.example.org or https://registry.example.org.',
    ],
    [
      'HAVRE_HTTP_TRUSTED_PROXIES',
      '10.0.0.0/8, traefik',
      'networks such as 10.0.0.0/8, separated by commas. "traefik" is not an address or a network such as 10.0.0.0/8.',
    ],
    [
      'HAVRE_HTTP_TRUSTED_PROXIES',
      '10.0.0.0/33',
      'networks such as 10.0.0.0/8, separated by commas. "10.0.0.0/33" is not an address or a network such as 10.0.0.0/8.',
    ],
    ['HAVRE_HTTP_ADDRESS', ':99999', 'an address to listen on, such as :5000 or 127.0.0.1:5000.'],
    ['HAVRE_HTTP_ADDRESS', '::1:5000', 'an address to listen on, such as :5000 or 127.0.0.1:5000.'],
    ['HAVRE_METRICS_ENABLED', 'maybe', 'true or false.'],
    ['HAVRE_DATA', '~/havre', 'a path. Only a shell knows what ~ stands for: write the whole path.'],
    ['HAVRE_AUTH_USERNAME', 'a:b', 'a name of at most 128 characters, none of them a colon.'],
  ] as const;
  for (const [name, value, sentence] of malformed) {
    it(`${name}=${value}`, () => {
      expect(problems({ env: { [name]: value } })).toEqual([
        `${name} (environment) is "${value}": it must be ${sentence}`,
      ]);
    });
  }

  it('may be an interval that no timer can wait for: it would ring all the time', () => {
    expect(problems({ env: { HAVRE_GC_INTERVAL_SECONDS: '2592000' } })).toEqual([
      expect.stringContaining('from 0 to 2073600'),
    ]);
  });

  it('may be two settings that do not go together', () => {
    expect(
      problems({
        env: {
          HAVRE_TLS_KEY: 'key.pem',
          HAVRE_HTTP_REDIRECT_ADDRESS: ':5000',
          HAVRE_HTTP_CORS_ALLOWED_ORIGINS: '*',
          HAVRE_HTTP_CORS_ALLOW_CREDENTIALS: 'yes',
          REGISTRY_USERNAME: 'root',
          HAVRE_REMOTE_SERVER: 'https://registry.example.org',
        },
      }),
    ).toEqual([
      'REGISTRY_USERNAME (environment) is set and auth.password (HAVRE_AUTH_PASSWORD) is not: set both, or neither.',
      'remote.server, remote.username and remote.password are set together, or not at all.',
      'tls.key is set and tls.certificate (HAVRE_TLS_CERTIFICATE) is not: TLS needs both.',
      'http.redirectAddress redirects to HTTPS, and there is none: set tls.certificate and tls.key.',
      'http.address and http.redirectAddress are both :5000.',
      'http.cors.allowCredentials needs http.cors.allowedOrigins to name the pages: browsers refuse *.',
    ]);
  });
});

describe('variables nobody meant for us', () => {
  it('are those of a Kubernetes Service or a Docker link of our name', () => {
    const { warnings } = load({
      env: {
        HAVRE_PORT: 'tcp://10.0.0.1:5000',
        HAVRE_SERVICE_HOST: '10.0.0.1',
        HAVRE_SERVICE_PORT_HTTP: '5000',
        HAVRE_PORT_5000_TCP_ADDR: '10.0.0.1',
        REGISTRY_PORT: 'tcp://10.0.0.1:5000',
        REGISTRY_PORT_5000_TCP: 'tcp://10.0.0.1:5000',
        HOME: '/root',
      },
    });
    expect(warnings).toEqual([]);
  });
});

describe('a password', () => {
  it('is shown by nothing that prints a configuration', () => {
    const { config, origins } = load({
      env: { HAVRE_AUTH_PASSWORD: 'hunter2', HAVRE_TLS_KEY: 'k', HAVRE_TLS_CERTIFICATE: 'c' },
    });
    const printed = [
      JSON.stringify(config),
      inspect(config, { depth: 9, showHidden: true }),
      String(config.auth.password),
      Bun.inspect(config),
    ];

    expect(printed.join('\n')).not.toContain('hunter2');
    expect([...origins.values()].join('\n')).not.toContain('hunter2');
    expect(config.auth.password?.reveal()).toBe('hunter2');
  });
});
