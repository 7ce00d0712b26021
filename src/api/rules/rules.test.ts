import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { askAdmin, openInstallation, type Installation } from '../../../test/support/admin.ts';
import { MOST_RULES } from '../../registry/rules/rule-book.ts';

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('a rule', () => {
  const rules = [
    { kind: 'immutable', pattern: 'team/**', tags: ['v*'], except: ['v*-rc*'] },
    { kind: 'protected', pattern: '**', tags: ['main'], principals: [] },
    { kind: 'pinned', pattern: 'team/app', digest: DIGEST },
    { kind: 'age-floor', pattern: '**', seconds: 3600 },
    { kind: 'trash', pattern: 'scratch/*', keepSeconds: 0 },
    { kind: 'expire', pattern: 'scratch/*', afterSeconds: 86_400 },
    { kind: 'expire', pattern: 'team/**', afterSeconds: 86_400, tags: ['pr-*'] },
  ];
  for (const rule of rules) {
    it(`of kind ${rule.kind} is made, listed and removed as it was given`, async () => {
      const made = await askAdmin(installation, 'POST', '/rules', rule);
      expect(made.status).toBe(201);
      const recorded = { ...rule, id: 1, createdAt: '2026-11-20T10:00:00.000Z', createdBy: 'local administrator' };
      expect(made.document['rule']).toEqual(recorded);
      expect((await askAdmin(installation, 'GET', '/rules')).document).toEqual({ rules: [recorded] });
      expect((await askAdmin(installation, 'DELETE', '/rules/1')).document).toEqual({ rule: recorded });
      expect((await askAdmin(installation, 'GET', '/rules')).document).toEqual({ rules: [] });
      expect((await askAdmin(installation, 'DELETE', '/rules/1')).status).toBe(404);
    });
  }

  it('is listed for the repositories that it holds for', async () => {
    for (const pattern of ['team/**', 'other']) {
      await askAdmin(installation, 'POST', '/rules', { kind: 'age-floor', pattern, seconds: 60 });
    }
    const { document } = await askAdmin(installation, 'GET', '/rules?repository=team%2Fapp');
    expect(document['rules']).toMatchObject([{ pattern: 'team/**' }]);
  });

  it('for somebody is bound to them, whoever has the name later', async () => {
    const ada = { kind: 'user', name: 'ada' };
    const body = { kind: 'protected', pattern: '**', tags: ['*'], principals: [ada] };
    expect((await askAdmin(installation, 'POST', '/rules', body)).document['type']).toEndWith('ACCOUNT_UNKNOWN');
    await askAdmin(installation, 'POST', '/users', { name: 'ada', password: 'a long enough password' });
    expect((await askAdmin(installation, 'POST', '/rules', body)).document['rule']).toMatchObject({
      principals: [ada],
    });
  });

  const refused = [
    ['an unknown kind', { kind: 'frozen', pattern: '**' }, 'kind'],
    ['no pattern', { kind: 'age-floor', seconds: 1 }, 'pattern'],
    [
      'a wrong pattern',
      { kind: 'age-floor', pattern: 'a//b', seconds: 1 },
      'pattern: The repository pattern "a//b" has an empty part',
    ],
    ['no tags', { kind: 'immutable', pattern: '**', tags: [] }, 'tags'],
    [
      'a wrong tag pattern',
      { kind: 'immutable', pattern: '**', tags: ['v1', 'v{1}'] },
      'tags.1: The tag pattern "v{1}" has a "{"',
    ],
    [
      'a wrong exception',
      { kind: 'immutable', pattern: '**', tags: ['*'], except: ['a/b'] },
      'except.0: The tag pattern',
    ],
    ['a digest that is none', { kind: 'pinned', pattern: '**', digest: 'sha256:x' }, 'digest: '],
    ['a floor of nothing', { kind: 'age-floor', pattern: '**', seconds: 0 }, 'seconds'],
    ['a time that is none', { kind: 'expire', pattern: '**', afterSeconds: 'soon' }, 'afterSeconds'],
    ['a field of another kind', { kind: 'pinned', pattern: '**', digest: DIGEST, seconds: 1 }, 'seconds'],
    [
      'a principal of no kind',
      { kind: 'protected', pattern: '**', tags: ['*'], principals: [{ name: 'x' }] },
      'principals.0',
    ],
  ] as const;
  for (const [what, body, message] of refused) {
    it(`with ${what} is refused, and the field is named`, async () => {
      const { status, document } = await askAdmin(installation, 'POST', '/rules', body);
      expect(status).toBe(400);
      expect(document['type']).toBe('/api/v1/problems/INPUT_INVALID');
      expect(document['detail']).toContain(message);
    });
  }

  it('is one of so many at most', async () => {
    const book = Array.from({ length: MOST_RULES }, (_, number) => number);
    await installation.database.transaction(async (tx) => {
      await tx.build((kysely) =>
        kysely.insertInto('repository_rules').values(
          book.map(() => ({
            kind: 'age-floor',
            pattern: '**',
            settings: '{"seconds":1}',
            created_at: 0,
            created_by: '',
          })),
        ),
      );
    });
    const reply = await askAdmin(installation, 'POST', '/rules', { kind: 'age-floor', pattern: '**', seconds: 1 });
    expect([reply.status, reply.document['type']]).toEqual([409, '/api/v1/problems/TOO_MANY_RULES']);
  });

  it('leaves a row of who made and who removed it', async () => {
    await askAdmin(installation, 'POST', '/rules', { kind: 'age-floor', pattern: '**', seconds: 1 });
    await askAdmin(installation, 'DELETE', '/rules/1');
    const rows = await installation.database.build((kysely) =>
      kysely.selectFrom('audit').select(['action', 'principal_name']),
    );
    expect(rows).toEqual([
      { action: 'rule.created', principal_name: 'local administrator' },
      { action: 'rule.deleted', principal_name: 'local administrator' },
    ]);
  });
});
