import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { openConnected, type Connected } from '../../../test/support/connected.ts';

let connected: Connected;
let id: string;
let hidden: string;

beforeEach(async () => {
  connected = await openConnected();
  connected.app.push({ tags: ['pr-1'] });
  connected.app.push({ tags: ['1.0'] });
  id = await connected.connect('pn-1', 'one');
  hidden = await connected.connect('pn-2', 'two');
  for (const [name, registry] of [['mine', id] as const, ['hidden', hidden] as const, ['local-one', null] as const]) {
    await connected.ask('POST', '/policies', { ...POLICY, name, registry });
  }
});

afterEach(() => connected[Symbol.asyncDispose]());

const SELECTION = { tagStatus: 'tagged', tagPrefixList: ['pr-'], countType: 'imageCountMoreThan', countNumber: 9 };
const RULES = [{ rulePriority: 1, selection: SELECTION, action: { type: 'expire' } }];
const POLICY = { kind: 'ecr', patterns: ['team/app'], document: JSON.stringify({ rules: RULES }) };

/** Method, path and body. */
type Request = readonly [string, string, object?];

const LOOKING: readonly ((name: string) => Request)[] = [
  (name) => ['GET', `/policies/${name}`],
  (name) => ['GET', `/policies/${name}/runs`],
  (name) => ['POST', `/policies/${name}/preview`, {}],
];
const CHANGING: readonly ((name: string) => Request)[] = [
  (name) => ['PUT', `/policies/${name}`, { isDryRun: true }],
  (name) => ['POST', `/policies/${name}/run`, {}],
  (name) => ['DELETE', `/policies/${name}`],
];
const PLANS_OF = (registry: string | null): readonly Request[] => [
  ['POST', '/plans', { ...(registry !== null && { registry }), repositories: 'team/app', tags: ['pr-*'] }],
  ['GET', registry === null ? '/plans' : `/plans?registry=${registry}`],
  ['POST', '/policy-previews', { ...POLICY, ...(registry !== null && { registry }) }],
];
const PLAN: readonly ((plan: string) => Request)[] = [
  (plan) => ['GET', `/plans/${plan}`],
  (plan) => ['GET', `/plans/${plan}/items`],
];
const PLAN_DOING: readonly ((plan: string) => Request)[] = [
  (plan) => ['POST', `/plans/${plan}/apply`, {}],
  (plan) => ['DELETE', `/plans/${plan}`],
];

/** @param registry `null`: this one. */
async function planned(registry: string | null): Promise<string> {
  const [[method, path, body] = ['', '']] = PLANS_OF(registry);
  return (await connected.ask(method, path, body)).document.plan.id as string;
}

describe('in the project of a registry', () => {
  const whoever = [
    ['its reader', ['registries:read'], 403],
    ['its user', ['registries:use'], 403],
    ['its manager', ['registries:manage'], 200],
  ] as const;
  for (const [who, actions, changing] of whoever) {
    it(`${who} may do with its plans and policies what was granted`, async () => {
      const identity = await connected.somebody('alice', actions);
      const status = async ([method, path, body]: Request): Promise<number> =>
        (await connected.ask(method, path, body, identity)).status;
      for (const request of [...LOOKING.map((of) => of('mine')), ...PLANS_OF(id)]) {
        expect([request, await status(request)]).toEqual([request, request[0] === 'POST' ? 201 : 200]);
      }
      const seen = await connected.ask('GET', '/policies/mine', undefined, identity);
      expect(seen.document.policy.abilities).toEqual(changing === 200 ? ['read', 'manage'] : ['read']);
      const added = { ...POLICY, name: 'new', registry: id };
      expect(await status(['POST', '/policies', added])).toBe(changing === 200 ? 201 : changing);
      for (const of of CHANGING) expect([of('mine'), await status(of('mine'))]).toEqual([of('mine'), changing]);
      for (const of of PLAN) expect(await status(of(await planned(id)))).toBe(200);
      for (const of of PLAN_DOING) expect(await status(of(await planned(id)))).toBe(changing);
      expect(connected.app.tags.has('pr-1')).toBe(changing !== 200);
    });
  }

  it('its manager lists its policies alone, and gives them to no other registry', async () => {
    const identity = await connected.somebody('alice', ['registries:manage']);
    const { document } = await connected.ask('GET', '/policies', undefined, identity);
    expect(document).toMatchObject({ policies: [{ name: 'mine', registry: { id } }], next: null });
    const moved = (registry: string | null) =>
      connected.ask('PUT', '/policies/mine', { registry, isDryRun: true }, identity);
    expect((await moved(hidden)).status).toBe(404);
    expect((await moved(null)).status).toBe(403);
    expect((await connected.ask('GET', '/policies/mine')).document.policy).toMatchObject({
      registry: { id },
      isDryRun: false,
    });
  });
});

describe('what somebody may not see', () => {
  it('is as if it were not there', async () => {
    const identity = await connected.somebody('alice', ['registries:manage']);
    const answer = async ([method, path, body]: Request, name: string) => {
      const { status, text } = await connected.ask(method, path, body, identity);
      return { status, text: text.replaceAll(name, 'NAME') };
    };
    for (const of of [...LOOKING, ...CHANGING]) {
      const nowhere = await answer(of('nowhere'), 'nowhere');
      expect(nowhere.status).toBe(404);
      for (const name of ['hidden', 'local-one']) expect(await answer(of(name), name)).toEqual(nowhere);
    }
    for (const of of [...PLAN, ...PLAN_DOING]) {
      const nowhere = await answer(of('mi7v0k3z-4f9a2c11'), 'mi7v0k3z-4f9a2c11');
      expect(nowhere.status).toBe(404);
      for (const registry of [hidden, null]) {
        const plan = await planned(registry);
        expect(await answer(of(plan), plan)).toEqual(nowhere);
      }
    }
    const listing = (registry: string): Request => ['GET', `/policies?registry=${registry}`];
    const adding = (registry: string): Request => ['POST', '/policies', { ...POLICY, name: 'hidden', registry }];
    const elsewhere = (registry: string): Request => ['POST', '/policies/mine/preview', { registry }];
    const requestsAt = (registry: string) => [
      ...PLANS_OF(registry),
      listing(registry),
      adding(registry),
      elsewhere(registry),
    ];
    for (const [index, request] of requestsAt('reg-0000').entries()) {
      const nowhere = await answer(request, 'reg-0000');
      expect(nowhere.status).toBe(404);
      expect(await answer(requestsAt(hidden)[index] ?? request, hidden)).toEqual(nowhere);
    }
    expect((await connected.ask('GET', '/policies/hidden')).document.policy.isDryRun).toBe(false);
    expect(connected.app.tags.has('pr-1')).toBe(true);
  });

  it('is, of a registry that is gone, as if it never was', async () => {
    const plan = await planned(hidden);
    await connected.ask('DELETE', '/policies/hidden');
    expect((await connected.ask('DELETE', `/registries/${hidden}`)).status).toBe(200);
    const gone = await connected.ask('GET', `/plans/${plan}`);
    expect(gone).toMatchObject({ status: 404, document: { type: '/api/v1/problems/PLAN_UNKNOWN' } });
  });
});

describe('what is for this registry', () => {
  it('is the administrators’, whatever somebody may do in projects', async () => {
    const identity = await connected.somebody('alice', ['registries:manage']);
    for (const [method, path, body] of [
      ...PLANS_OF(null),
      ['POST', '/policies', { ...POLICY, name: 'new' }] as const,
    ]) {
      const refused = await connected.ask(method, path, body, identity);
      expect([path, refused.status]).toEqual([path, 403]);
    }
  });

  it('is nobody’s without a credential', async () => {
    const { authenticator } = connected.installation.auth;
    const identity = await authenticator.identify(null, { source: '192.0.2.1' });
    const requests = [...LOOKING, ...CHANGING].map((of) => of('mine'));
    const others: readonly Request[] = [...PLANS_OF(id), ['GET', '/policies'], ['GET', '/policy-presets']];
    for (const [method, path, body] of [...requests, ...others]) {
      expect([path, (await connected.ask(method, path, body, identity)).status]).toEqual([path, 401]);
    }
  });

  it('has presets for whoever writes a policy, and says to them what is wrong with one', async () => {
    const identity = await connected.somebody('alice');
    expect((await connected.ask('GET', '/policy-presets', undefined, identity)).status).toBe(200);
    const wrong = { kind: 'ecr', document: '{}' };
    const said = await connected.ask('POST', '/policy-validations', wrong, identity);
    expect(said).toMatchObject({ status: 200, document: { isValid: false } });
  });
});
