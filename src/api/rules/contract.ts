import { z } from 'zod';
import { parseDigest } from '../../oci/digest.ts';
import { parseRepositoryPattern } from '../../oci/repository-pattern.ts';
import { parseTagPattern } from '../../oci/tag-pattern.ts';
import type { Contract } from '../contract.ts';

export type RuleInput = z.output<typeof ruleInput>;
export type RuleOutput = z.output<typeof ruleOutput>;
export type RulePrincipal = z.output<typeof principal>;

/** A hundred years. */
const LONGEST_SECONDS = 100 * 365 * 86_400;

const pattern = z
  .string()
  .min(1)
  .max(255)
  .refine(...readBy(parseRepositoryPattern))
  .describe('Repositories: `team/app`, `team/*` (one level), `team/**` (all below), `**` (all).');

const tagPattern = z
  .string()
  .min(1)
  .refine(...readBy(parseTagPattern));
const tags = z
  .array(tagPattern)
  .min(1)
  .max(100)
  .describe('Tags: `v*`, `release-??`; `*` is any text, `?` one character.');

const principal = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('user'), name: z.string().min(1).max(255) }),
  z.strictObject({ kind: z.literal('token'), name: z.string().min(1).max(255) }),
  z.strictObject({ kind: z.literal('htpasswd'), name: z.string().min(1).max(255) }),
]);

const seconds = z.int().min(1).max(LONGEST_SECONDS);

const kinds = {
  immutable: {
    kind: z
      .literal('immutable')
      .describe('Tags that stay where they are once they are made: nobody moves or deletes them.'),
    pattern,
    tags,
    except: z.array(tagPattern).max(100).default([]).describe('Those of them that are not.'),
  },
  protected: {
    kind: z.literal('protected').describe('Tags that only some may move or delete. Making one is free.'),
    pattern,
    tags,
    principals: z.array(principal).max(100).describe('Who may; nobody, where there are none.'),
  },
  pinned: {
    kind: z.literal('pinned').describe('A manifest that stays, with all that belongs to it.'),
    pattern,
    digest: z
      .string()
      .refine(...readBy(parseDigest))
      .describe('Of the manifest.'),
  },
  'age-floor': {
    kind: z.literal('age-floor').describe('Manifests that were pushed less than so long ago are not deleted.'),
    pattern,
    seconds,
  },
  trash: {
    kind: z
      .literal('trash')
      .describe(
        'How long what was deleted can be restored, in the place of `trash.keepSeconds`; the longest of several.',
      ),
    pattern,
    keepSeconds: z.int().min(0).max(LONGEST_SECONDS).describe('0: not at all.'),
  },
  expire: {
    kind: z.literal('expire').describe('Manifests end so long after each push. Counts for what is pushed from now on.'),
    pattern,
    afterSeconds: seconds,
    tags: tags.optional().describe('Only manifests all whose tags are among these. Default: all manifests.'),
  },
};

export const ruleInput = z.discriminatedUnion('kind', [
  z.strictObject(kinds.immutable),
  z.strictObject(kinds.protected),
  z.strictObject(kinds.pinned),
  z.strictObject(kinds['age-floor']),
  z.strictObject(kinds.trash),
  z.strictObject(kinds.expire),
]);

const recorded = {
  id: z.int(),
  createdAt: z.iso.datetime(),
  createdBy: z.string().describe('Name of whoever made it.'),
};

export const ruleOutput = z.discriminatedUnion('kind', [
  z.object({ ...kinds.immutable, ...recorded }),
  z.object({ ...kinds.protected, ...recorded }),
  z.object({ ...kinds.pinned, ...recorded }),
  z.object({ ...kinds['age-floor'], ...recorded }),
  z.object({ ...kinds.trash, ...recorded }),
  z.object({ ...kinds.expire, ...recorded }),
]);

export const listRules = {
  method: 'GET',
  path: '/api/v1/rules',
  ability: 'manage-rules',
  description:
    'Lists the rules of repositories, oldest first: what is protected, what expires, how long trash is kept.',
  input: z.strictObject({
    repository: z.string().min(1).max(255).optional().describe('Only those that hold for this repository.'),
  }),
  output: z.object({ rules: z.array(ruleOutput) }),
} as const satisfies Contract;

export const addRule = {
  method: 'POST',
  path: '/api/v1/rules',
  ability: 'manage-rules',
  description:
    'Makes a rule for the repositories of a pattern. It waits for pushes and deletions that are under way, and holds for everybody from then on: clients, administrators, plans, policies, expiry and garbage collection.',
  input: ruleInput,
  output: z.object({ rule: ruleOutput }),
  status: 201,
} as const satisfies Contract;

export const removeRule = {
  method: 'DELETE',
  path: '/api/v1/rules/{id}',
  ability: 'manage-rules',
  description: 'Removes a rule. A rule is not changed: it is removed, and another one is made.',
  input: z.strictObject({ id: z.coerce.number().pipe(z.int().positive()) }),
  output: z.object({ rule: ruleOutput }),
} as const satisfies Contract;

/** A check by whoever reads such a text later, with the sentence that says what is wrong with it. */
function readBy(
  read: (text: string) => unknown,
): [(text: string) => boolean, { error: (issue: { input?: unknown }) => string }] {
  const faultOf = (text: string): string | undefined => {
    try {
      read(text);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  return [
    (text) => faultOf(text) === undefined,
    { error: ({ input }) => (typeof input === 'string' ? faultOf(input) : undefined) ?? 'cannot be read' },
  ];
}
