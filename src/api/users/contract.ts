import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { next, pageInput } from '../page.ts';
import { rule } from '../rule.ts';

export type User = z.output<typeof user>;

export const user = z.object({
  name: z.string(),
  isAdministrator: z.boolean(),
  origin: z
    .enum(['added', 'configuration', 'htpasswd'])
    .describe('Who says what the password is: an administrator, the configuration or the htpasswd file.'),
  createdAt: z.iso.datetime().nullable().describe('Unknown for a user of the htpasswd file.'),
});

/** The rules of a new name and a new password are the registry's own; these only bound what is sent. */
const name = z.string().min(1).max(255);
const password = z.string().min(1).max(1024);

const passwordReply = z.object({
  user,
  generatedPassword: z.string().optional().describe('If none was given. It is told this once.'),
});

export const listUsers = {
  method: 'GET',
  path: '/api/v1/users',
  ability: 'manage-users',
  description: 'Lists everybody who logs in with a password, those of the htpasswd file included, by name.',
  input: z.strictObject(pageInput),
  output: z.object({ users: z.array(user), next }),
} as const satisfies Contract;

export const addUser = {
  method: 'POST',
  path: '/api/v1/users',
  ability: 'manage-users',
  description: 'Adds somebody who logs in with a password.',
  input: z.strictObject({
    name: name.describe('Letters, digits and `. _ @ + -`.'),
    password: password.optional().describe('Without one, the registry makes one and tells it in the reply, once.'),
    isAdministrator: z.boolean().default(false),
  }),
  output: passwordReply,
  status: 201,
  problems: { 400: ['ACCOUNT_INVALID'], 409: ['ACCOUNT_TAKEN'] },
} as const satisfies Contract;

export const setPassword = {
  method: 'PUT',
  path: '/api/v1/users/{name}/password',
  ability: 'manage-users',
  description:
    'Changes a password. What was issued under the old one ends at once; tokens that act for the user go on.',
  input: z.strictObject({ name, password: password.optional().describe('Without one, the registry makes one.') }),
  output: passwordReply,
  problems: { 400: ['ACCOUNT_INVALID'], 404: ['ACCOUNT_UNKNOWN'], 409: ['ACCOUNT_PROTECTED'] },
} as const satisfies Contract;

export const removeUser = {
  method: 'DELETE',
  path: '/api/v1/users/{name}',
  ability: 'manage-users',
  description: 'Removes a user, with the tokens that act for it and the grants given to it.',
  input: z.strictObject({ name }),
  output: z.object({ name: z.string() }),
  problems: { 404: ['ACCOUNT_UNKNOWN'], 409: ['ACCOUNT_PROTECTED'] },
} as const satisfies Contract;

export const listRulesOfUser = {
  method: 'GET',
  path: '/api/v1/users/{name}/rules',
  ability: 'manage-grants',
  description:
    'Says what somebody may do, whatever lets them: what was granted to them, to all who log in and to everybody, being an administrator, or `auth.htpasswdActions`.',
  input: z.strictObject({ name }),
  output: z.object({ rules: z.array(rule) }),
  problems: { 404: ['ACCOUNT_UNKNOWN'] },
} as const satisfies Contract;
