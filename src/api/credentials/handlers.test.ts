import { describe, expect, it } from 'bun:test';
import { SOMEBODY } from '../../../test/support/actor.ts';
import { connectionOf, handedConnections, type HandedConnections } from '../../../test/support/handed-connections.ts';
import { identityOf, localAdministrator, type Identity } from '../../auth/identity.ts';
import { granted, parseRule } from '../../auth/rights.ts';
import { ProviderError } from '../../providers/provider-error.ts';
import { asProblem } from '../account-problem.ts';
import { matchEndpoint } from '../match-endpoint.ts';
import { problemOf } from '../problem.ts';
import { credentialEndpoints } from './handlers.ts';

const NOW = new Date('2026-11-20T10:00:00Z');

const HUB = connectionOf({ id: 'reg-hub', url: 'docker.io', kind: 'docker-hub' });
const GHCR = connectionOf({ id: 'reg-ghcr', url: 'ghcr.io/owner', kind: 'ghcr' });
const ECR = connectionOf({
  id: 'reg-ecr',
  url: '123456789012.dkr.ecr.eu-west-3.amazonaws.com',
  kind: 'ecr',
  username: 'AKIA',
});
const OPEN = connectionOf({ id: 'reg-open', url: 'open.example.org', hasSecret: false, logsIn: false });
const OTHERS = connectionOf({ id: 'reg-others', url: 'others.example.org', project: 'others' });
const ALL = [HUB, GHCR, ECR, OPEN, OTHERS];

interface Asked {
  readonly status: number;
  readonly cache: string | null;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly document: any;
}

async function ask(
  connections: HandedConnections,
  [method, path]: readonly [string, string],
  input: object = {},
  identity: Identity = localAdministrator(),
): Promise<Asked> {
  const endpoints = credentialEndpoints({ connections, now: () => NOW });
  const { endpoint, parameters } = matchEndpoint(endpoints, method, `/api/v1${path}`);
  const call = {
    identity,
    actor: SOMEBODY,
    record: async () => undefined,
    reply: new Headers(),
    signal: AbortSignal.timeout(5000),
  };
  try {
    const response = await endpoint.answer({ ...input, ...parameters }, call);
    const cache = response.headers.get('cache-control');
    return { status: response.status, cache, document: await response.json() };
  } catch (error) {
    const document = problemOf(asProblem(error));
    return { status: document.status, cache: null, document };
  }
}

function memberOf(project: string, action: 'registries:read' | 'registries:use'): Identity {
  const principal = { kind: 'user', id: 'user:1', name: 'eve' } as const;
  const rights = granted([parseRule(project, [action])]);
  return identityOf({ account: { principal, generation: '', isAdministrator: false, rights }, scheme: 'basic' });
}

describe('the credentials of a registry', () => {
  it('are handed out as Docker takes them, kept by no cache, and written down', async () => {
    const connections = handedConnections(ALL);
    const { status, cache, document } = await ask(connections, ['POST', '/registries/reg-hub/credentials']);
    expect([status, cache]).toEqual([200, 'no-store']);
    expect(document).toEqual({
      id: 'reg-hub',
      name: 'hub',
      project: 'team',
      key: 'https://index.docker.io/v1/',
      host: 'docker.io',
      username: 'bob',
      password: 'secret-of-hub',
      auth: Buffer.from('bob:secret-of-hub').toString('base64'),
      expiresAt: null,
    });
    expect(connections.handed).toEqual([{ id: 'reg-hub', who: 'somebody', purpose: 'credentials' }]);
  });

  it('are the short-lived ones, with their end', async () => {
    const expiresAt = new Date('2026-11-20T22:00:00Z');
    const connections = handedConnections(ALL, { 'reg-ecr': { username: 'AWS', password: 'token', expiresAt } });
    const { document } = await ask(connections, ['POST', '/registries/reg-ecr/credentials'], { purpose: 'ci' });
    expect(document).toMatchObject({ username: 'AWS', password: 'token', expiresAt: expiresAt.toISOString() });
    expect(connections.handed[0]?.purpose).toBe('ci');
  });

  it('are for those who may use the registries of its project', async () => {
    const connections = handedConnections(ALL);
    const path = ['POST', '/registries/reg-hub/credentials'] as const;
    expect((await ask(connections, path, {}, memberOf('team', 'registries:use'))).status).toBe(200);
    expect((await ask(connections, path, {}, memberOf('team', 'registries:read'))).status).toBe(403);
    for (const path of ['credentials', 'kubernetes-secret']) {
      const asked = await ask(
        connections,
        ['POST', `/registries/reg-others/${path}`],
        {},
        memberOf('team', 'registries:use'),
      );
      expect(asked.status).toBe(404);
    }
    expect(connections.handed).toHaveLength(1);
  });

  it('are none where nobody logs in', async () => {
    for (const [method, path] of [
      ['POST', 'credentials'],
      ['POST', 'kubernetes-secret'],
      ['GET', 'login-lines'],
    ] as const) {
      const { status, document } = await ask(handedConnections(ALL), [method, `/registries/reg-open/${path}`]);
      expect([status, document.type]).toEqual([409, '/api/v1/problems/REGISTRY_ANONYMOUS']);
    }
  });
});

describe('the Secret of a registry', () => {
  it('is JSON and YAML of the same', async () => {
    const connections = handedConnections(ALL);
    const path = ['POST', '/registries/reg-hub/kubernetes-secret'] as const;
    const { document } = await ask(connections, path, { namespace: 'prod' });
    expect(document.secret.metadata).toMatchObject({ name: 'registry-secret-reg-hub', namespace: 'prod' });
    expect(Bun.YAML.parse(document.yaml)).toEqual(document.secret);
    expect(connections.handed[0]?.purpose).toBe('kubernetes-secret');
    expect((await ask(connections, path, { namespace: 'Prod' })).status).toBe(400);
  });

  it('has the path in its key where the project has several accounts on the host', async () => {
    const both = [
      connectionOf({ id: 'reg-a', url: 'quay.io/team-a' }),
      connectionOf({ id: 'reg-b', url: 'quay.io/team-b' }),
    ];
    const keysIn = ({ document }: Asked): string[] =>
      Object.keys(JSON.parse(Buffer.from(document.secret.data['.dockerconfigjson'], 'base64').toString()).auths);
    const path = ['POST', '/registries/reg-a/kubernetes-secret'] as const;
    expect(keysIn(await ask(handedConnections(both), path))).toEqual(['quay.io/team-a']);
    expect(keysIn(await ask(handedConnections(both.slice(0, 1)), path))).toEqual(['quay.io']);
  });
});

describe('docker’s configuration', () => {
  it('has all that whoever asks may use', async () => {
    const connections = handedConnections(ALL);
    const { document } = await ask(connections, ['POST', '/docker-config'], {}, memberOf('team', 'registries:use'));
    expect(Object.keys(document.config.auths).toSorted()).toEqual([ECR.url, 'ghcr.io', 'https://index.docker.io/v1/']);
    expect(connections.handed.map(({ id }) => id).toSorted()).toEqual(['reg-ecr', 'reg-ghcr', 'reg-hub']);
    const nobody = await ask(connections, ['POST', '/docker-config'], {}, memberOf('team', 'registries:read'));
    expect(nobody.document.config.auths).toEqual({});
  });

  it('leaves out what cannot be had just now, and says why', async () => {
    const wrong = new ProviderError('wrong-credentials', 'The registry refuses these credentials.');
    const connections = handedConnections(ALL, { 'reg-ghcr': wrong });
    const { document } = await ask(connections, ['POST', '/docker-config'], { registries: ['reg-hub', 'reg-ghcr'] });
    expect(Object.keys(document.config.auths)).toEqual(['https://index.docker.io/v1/']);
    expect(document.leftOut).toEqual([
      { id: 'reg-ghcr', name: 'ghcr', project: 'team', reason: 'The registry refuses these credentials.' },
    ]);
  });

  it('is of one registry for whoever knows only its host, however that is written', async () => {
    const both = [...ALL, connectionOf({ id: 'reg-hub2', url: 'docker.io/team' })];
    for (const host of ['docker.io', 'https://index.docker.io/v1/']) {
      const connections = handedConnections(both);
      const { document } = await ask(connections, ['POST', '/docker-config'], { host, purpose: 'helper' });
      expect(document.config.auths['https://index.docker.io/v1/'].password).toBe('secret-of-hub');
      expect(connections.handed).toEqual([{ id: 'reg-hub', who: 'somebody', purpose: 'helper' }]);
    }
    const unknown = await ask(handedConnections(both), ['POST', '/docker-config'], { host: 'docker.io.evil.org' });
    expect(unknown.document.registries).toEqual([]);
    expect((await ask(handedConnections(both), ['POST', '/docker-config'], { host: 'a b' })).status).toBe(400);
  });

  it('is of the project that was there first, unless another is asked for', async () => {
    const usableSince = new Date('2026-11-01T00:00:00Z');
    const later = connectionOf({ id: 'reg-a', name: 'a', project: 'others', url: 'docker.io/team', usableSince });
    const both = [HUB, later];
    for (const input of [{ host: 'docker.io' }, {}]) {
      const first = await ask(handedConnections(both), ['POST', '/docker-config'], input);
      expect(first.document.registries).toMatchObject([{ id: 'reg-hub', key: 'https://index.docker.io/v1/' }]);
      const path = ['POST', '/docker-config'] as const;
      const chosen = await ask(handedConnections(both), path, { ...input, project: 'others' });
      expect(chosen.document.registries).toMatchObject([{ id: 'reg-a', key: 'https://index.docker.io/v1/' }]);
      const member = await ask(handedConnections(both), path, input, memberOf('others', 'registries:use'));
      expect(member.document.registries).toMatchObject([{ id: 'reg-a' }]);
    }
    const { document } = await ask(handedConnections(both), ['POST', '/docker-config']);
    expect(document.leftOut).toEqual([
      {
        id: 'reg-a',
        name: 'a',
        project: 'others',
        reason: 'hub of project team was there first: say the project (--project others) to have this one.',
      },
    ]);
  });

  it('can be foreseen without any secret', async () => {
    const connections = handedConnections([...ALL, connectionOf({ id: 'reg-hub2', name: 'second', url: 'docker.io' })]);
    const { document } = await ask(connections, ['GET', '/docker-config'], { project: 'team' });
    expect(
      document.registries.map(({ name, key, username }: Record<string, unknown>) => [name, key, username]),
    ).toEqual([
      ['ecr', ECR.url, 'AWS'],
      ['ghcr', 'ghcr.io', 'bob'],
      ['hub', 'https://index.docker.io/v1/', 'bob'],
      ['second', null, 'bob'],
    ]);
    expect(connections.handed).toEqual([]);
    expect(JSON.stringify(document)).not.toContain('secret-of');
  });
});

describe('the lines to log in', () => {
  it('hold no secret, and hand none out', async () => {
    const robot = connectionOf({ id: 'reg-h', url: 'harbor.lan', kind: 'harbor', username: 'robot$ci' });
    const connections = handedConnections([robot]);
    const { document } = await ask(connections, ['GET', '/registries/reg-h/login-lines']);
    expect(document.lines[0]).toEqual({
      tool: 'docker',
      line: "docker login harbor.lan --username 'robot$ci' --password-stdin",
    });
    expect(connections.handed).toEqual([]);
  });
});
