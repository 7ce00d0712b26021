import { describe, expect, it } from 'bun:test';
import { z } from 'zod';
import { everyContract } from '../../../scripts/docs/contracts.ts';
import { openInstallation } from '../../../test/support/admin.ts';
import { identityOf, localAdministrator, type Identity } from '../../auth/identity.ts';
import { EVERYTHING } from '../../auth/rights.ts';
import type { Database } from '../../metadata/database.ts';
import type { Contract } from '../contract.ts';
import { openApiDocument } from './document.ts';

type Json = Readonly<Record<string, unknown>>;
interface Operation {
  readonly description: string;
  readonly operationId: string;
  readonly security?: readonly Json[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Json;
  }[];
  readonly responses: Readonly<Record<string, Json>>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Json; readonly responses: Readonly<Record<string, Json>> };
}

const CONTRACTS = await everyContract();
const document = JSON.parse(JSON.stringify(openApiDocument(CONTRACTS))) as Document;

const OPERATIONS = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

function nameOf({ method, path }: { readonly method: string; readonly path: string }): string {
  return `${method} ${path}`;
}

/** Every value in a JSON text, with where it stands. */
function* walk(value: unknown, where = '#'): Generator<{ readonly where: string; readonly value: Json }> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield { where, value: value as Json };
  for (const [key, child] of Object.entries(value)) yield* walk(child, `${where}/${key}`);
}

describe('the OpenAPI document', () => {
  it('has every contract, and nothing else', () => {
    expect(OPERATIONS.map(nameOf).toSorted()).toEqual(CONTRACTS.map(nameOf).toSorted());
  });

  it('is what a server answers, who keeps all of them', async () => {
    const installation = await openInstallation();
    try {
      const response = await installation.api(
        new Request('http://localhost/api/v1/openapi.json'),
        localAdministrator(),
      );
      expect(await response.json()).toEqual(JSON.parse(JSON.stringify(document)));
    } finally {
      await installation.close();
    }
  });

  it('is one of OpenAPI 3.1: the rules that programs stumble over', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    const ids = OPERATIONS.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of OPERATIONS) {
      const inTemplate = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
      const { parameters = [] } = operation;
      const inPath = parameters.filter((parameter) => parameter.in === 'path');
      expect(inPath.map(({ name }) => name).toSorted()).toEqual(inTemplate.toSorted());
      expect(inPath.every(({ required }) => required === true)).toBe(true);
      expect(new Set(parameters.map((parameter) => `${parameter.in} ${parameter.name}`)).size).toBe(parameters.length);
      expect(parameters.every(({ schema }) => Object.keys(schema).length > 0)).toBe(true);
      expect(Object.keys(operation.responses).every((status) => /^(?:[1-5]\d\d|default)$/.test(status))).toBe(true);
      expect(Object.keys(operation.responses)).toContain('default');
    }
  });

  it('refers only to what is in it', () => {
    for (const { where, value } of walk(document)) {
      const { $ref } = value;
      if (typeof $ref !== 'string') continue;
      const parts = $ref.replace(/^#\//, '').split('/');
      const target = parts.reduce<unknown>((at, part) => (at as Json | undefined)?.[part], document);
      expect(target === undefined ? `${where} refers to ${$ref}` : 'all is there').toBe('all is there');
    }
  });

  it('says nothing in the words of OpenAPI 3.0, which mean nothing in 3.1', () => {
    const old = [...walk(document)].filter(
      ({ value }) => value['nullable'] === true || value['exclusiveMinimum'] === true,
    );
    expect(old.map(({ where }) => where)).toEqual([]);
  });

  it('lets a reply gain fields, and a request have none that are unknown', () => {
    const closed = OPERATIONS.filter(({ operation }) =>
      [...walk(operation.responses)].some(({ value }) => value['additionalProperties'] === false),
    );
    expect(closed.map(nameOf)).toEqual([]);
    expect(JSON.stringify(document.paths['/api/v1/users']?.['post'])).toContain('"additionalProperties":false');
  });
});

/** What a good request to an endpoint says. Others are asked for what is not there, and have to say so. */
const GOOD: ReadonlyMap<string, { readonly path?: string; readonly body?: Json }> = new Map([
  ['POST /api/v1/users', { body: { name: 'bob', password: 'a password for bob' } }],
  ['POST /api/v1/session', { body: { username: 'bob', password: 'a password for bob' } }],
  ['PUT /api/v1/users/{name}/password', { path: '/api/v1/users/bob/password', body: {} }],
  ['POST /api/v1/tokens', { body: { name: 'ci', user: 'bob', expiresAt: null } }],
  ['POST /api/v1/grants', { body: { to: { kind: 'user', name: 'bob' }, pattern: 'a/**', actions: ['pull'] } }],
  ['POST /api/v1/garbage-collection', { body: { dryRun: true } }],
  ['POST /api/v1/verification', { body: {} }],
  ['POST /api/v1/audit/verify', { body: {} }],
  ['POST /api/v1/rules', { body: { kind: 'age-floor', pattern: 'a/**', seconds: 60 } }],
  ['GET /api/v1/search', { path: '/api/v1/search?q=app' }],
  ['POST /api/v1/registries', { body: { project: 'pn-1', name: 'mirror', url: 'registry.example.org' } }],
  ['PUT /api/v1/registries', { body: { project: 'pn-1', name: 'other', url: 'registry.example.org' } }],
  [
    'POST /cloud/project/{projectId}/ai/registry',
    {
      path: '/cloud/project/pn-1/ai/registry',
      body: { region: 'GRA', url: 'registry.example.org', username: 'bob', password: 'a secret' },
    },
  ],
  ['DELETE /api/v1/grants/{id}', { path: '/api/v1/grants/1' }],
  ['DELETE /api/v1/tokens/{name}', { path: '/api/v1/tokens/ci' }],
  ['DELETE /api/v1/users/{name}', { path: '/api/v1/users/bob' }],
]);

/** What is asked by POST because it asks much, and what finds nothing to do here. */
const CHANGES_NOTHING: ReadonlySet<string> = new Set([
  'POST /api/v1/audit/verify',
  'POST /api/v1/trash/empty',
  'POST /api/v1/docker-config',
  'DELETE /api/v1/session',
]);

async function auditIdOf(db: Database): Promise<number> {
  const [row] = await db.build((kysely) => kysely.selectFrom('audit').select(({ fn }) => fn.max('id').as('id')));
  return row?.id ?? 0;
}

/** Reads a JSON schema of the document, where its references are found. */
function schemaOf(schema: unknown): z.ZodType {
  const text = JSON.stringify({ ...(schema as Json), $defs: document.components.schemas });
  return z.fromJSONSchema(JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')));
}

function described(operation: Operation, status: number): Json {
  const response = operation.responses[`${status}`] ?? operation.responses['default'] ?? {};
  const ref = response['$ref'];
  return typeof ref === 'string' ? (document.components.responses[ref.split('/').at(-1) ?? ''] ?? {}) : response;
}

/** Checks a reply against what the document says of it. @returns the type of its content. */
async function check(operation: Operation, response: Response): Promise<string> {
  const type = response.headers.get('content-type') ?? '';
  const content = described(operation, response.status)['content'] as Readonly<Record<string, { schema: unknown }>>;
  expect(Object.keys(content)).toContain(type);
  const schema = schemaOf(content[type]?.schema);
  const text = await response.text();
  for (const line of type === 'application/jsonl' ? text.split('\n').filter((each) => each !== '') : [text]) {
    expect(schema.safeParse(JSON.parse(line)).error?.message ?? 'as described').toBe('as described');
  }
  return type;
}

function requestFor({ path, method }: Pick<Contract, 'path' | 'method'>): Request {
  const { path: good, body = {} } = GOOD.get(`${method} ${path}`) ?? {};
  const filled = good ?? path.replaceAll(/\{\w+\}/g, 'missing');
  const hasBody = method === 'POST' || method === 'PUT';
  return new Request(`http://localhost${filled}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(hasBody ? { body: JSON.stringify(body) } : {}),
  });
}

/** In the order in which there is something to be done: what is made is then seen, changed and removed. */
function turnOf(operation: { readonly method: string; readonly path: string }): number {
  const { method } = operation;
  const turn = [...GOOD.keys()].indexOf(nameOf(operation));
  return ['POST', 'PUT', 'GET', 'DELETE'].indexOf(method) * 1000 + (turn === -1 ? GOOD.size : turn);
}

describe('every endpoint', () => {
  const nobody: Identity = identityOf({
    account: {
      principal: { kind: 'anonymous', id: 'anonymous', name: '' },
      generation: '',
      isAdministrator: false,
      rights: EVERYTHING,
    },
    scheme: 'none',
  });

  it('answers as the document says, when it does what is asked and when it does not, and records what it does', async () => {
    const installation = await openInstallation();
    try {
      for (const each of OPERATIONS.toSorted((a, b) => turnOf(a) - turnOf(b))) {
        const before = await auditIdOf(installation.database);
        const response = await installation.api(requestFor(each as Contract & typeof each), localAdministrator());
        const { status } = response;
        const type = await check(each.operation, response);
        const mustSucceed = GOOD.has(nameOf(each)) || (each.method === 'GET' && !each.path.includes('{'));
        const outcome = `${nameOf(each)} ${status} ${type}`;
        expect(mustSucceed && status >= 300 ? outcome : 'fine').toBe('fine');
        expect(status >= 500 ? outcome : 'fine').toBe('fine');
        const isRecorded = (await auditIdOf(installation.database)) > before;
        const mustBeRecorded = each.method !== 'GET' && status < 300 && !CHANGES_NOTHING.has(nameOf(each));
        expect(mustBeRecorded && !isRecorded ? `${outcome} is not recorded` : 'fine').toBe('fine');
      }
      // Of the migration, which has nowhere to go here.
      expect(installation.failures.map(String)).toEqual(['Error: this test moves nothing']);
    } finally {
      await installation.close();
    }
  });

  it('asks nobody in particular for a credential, in the way the document says', async () => {
    const installation = await openInstallation();
    try {
      const isForEverybody = ({ security }: Operation): boolean =>
        security?.some((way) => Object.keys(way).length === 0) === true;
      const others = OPERATIONS.filter(({ operation }) => !isForEverybody(operation));
      expect(OPERATIONS.length - others.length).toBe(3);
      for (const each of others.filter(({ path }) => !path.includes('{repository}'))) {
        const response = await installation.api(requestFor(each as Contract & typeof each), nobody);
        const status = each.operation.description.includes('leave to pull without one') ? 200 : 401;
        expect(`${nameOf(each)} ${response.status}`).toBe(`${nameOf(each)} ${status}`);
        await check(each.operation, response);
      }
    } finally {
      await installation.close();
    }
  });

  it('of a path that is known has HEAD and OPTIONS', async () => {
    const installation = await openInstallation();
    try {
      const send = (method: string): Promise<Response> =>
        installation.api(new Request('http://localhost/api/v1/status', { method }), localAdministrator());
      const head = await send('HEAD');
      expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([200, 'application/json', '']);
      const options = await send('OPTIONS');
      expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS']);
    } finally {
      await installation.close();
    }
  });
});
