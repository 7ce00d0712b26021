import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { action } from '../rule.ts';

export type Account = z.output<typeof account>;
export type Session = z.output<typeof session>;

/** The rules of a new password are the registry's own; this only bounds what is sent. */
const password = z.string().min(1).max(1024);

export const account = z.object({
  name: z.string(),
  kind: z.enum(['user', 'token']),
  isAdministrator: z.boolean(),
  canChangePassword: z
    .boolean()
    .describe('Not that of a token, nor one that the configuration or the htpasswd file says.'),
  abilities: z.array(z.string()).describe('What they may do everywhere: the abilities of this API.'),
  grants: z
    .array(
      z.object({
        pattern: z.string().describe('Repositories or, for `registries:…`, projects.'),
        actions: z.array(action),
        abilities: z.array(z.string()).describe('What of this API that allows there, as a whole.'),
      }),
    )
    .describe(
      'What was granted to them, to all who log in and to everybody. Of administrators none: they need none. Of a token that is limited, its scope: its user may have less there.',
    ),
});

export const session = z.object({
  id: z.string().describe('A name to end it by. It opens nothing.'),
  createdAt: z.iso.datetime(),
  lastSeenAt: z.iso.datetime().describe('Behind by a minute at most.'),
  expiresAt: z.iso.datetime().describe('It ends earlier when it is not used.'),
  source: z.string().describe('The address it was begun from.'),
  client: z.string().describe('What began it, as it calls itself.'),
  current: z.boolean().describe('Whether it is the one that asks.'),
});

export const createSession = {
  method: 'POST',
  path: '/api/v1/session',
  ability: 'log-in',
  audience: 'everybody',
  description:
    'Logs a browser in: sets a cookie that scripts cannot read, good for the paths of this API alone. A session that the browser had before ends.',
  input: z.strictObject({
    username: z
      .string()
      .max(255)
      .regex(/^[^:\p{Cc}]*$/u, 'no colon, and no control characters')
      .describe('With a token, any.'),
    password: password.describe('Or the secret of a token.'),
  }),
  output: z.object({ session, account }),
  status: 201,
} as const satisfies Contract;

export const showSession = {
  method: 'GET',
  path: '/api/v1/session',
  ability: 'log-in',
  audience: 'everybody',
  description: 'Says who is asking, by whatever credential, what they may do, and where they are.',
  input: z.strictObject({}),
  output: z.object({
    account: account.nullable().describe('`null`: nobody, or somebody whose session ended.'),
    session: session.nullable().describe('`null`: it asks by another credential, or by none.'),
    instance: z.object({
      version: z.string().nullable().describe('`null` for nobody.'),
      registry: z.string().describe('What stands behind `docker login`.'),
      isDeletionEnabled: z.boolean().describe('Whether clients may delete. Administrators may in any case.'),
    }),
  }),
} as const satisfies Contract;

export const endSession = {
  method: 'DELETE',
  path: '/api/v1/session',
  ability: 'log-in',
  audience: 'everybody',
  description: 'Logs the browser out: ends its session, and its cookie in any case.',
  input: z.strictObject({}),
  output: z.object({ ended: z.boolean().describe('`false`: there was no session any more.') }),
} as const satisfies Contract;

export const listSessions = {
  method: 'GET',
  path: '/api/v1/sessions',
  ability: 'govern-own-account',
  audience: 'signed-in',
  description: 'Lists the sessions of whoever asks; the one that was used last comes first.',
  input: z.strictObject({}),
  output: z.object({ sessions: z.array(session) }),
} as const satisfies Contract;

export const endOwnSession = {
  method: 'DELETE',
  path: '/api/v1/sessions/{id}',
  ability: 'govern-own-account',
  audience: 'signed-in',
  description: 'Ends a session of whoever asks, on all nodes at once.',
  input: z.strictObject({ id: z.string().min(1).max(100) }),
  output: z.object({ id: z.string() }),
  problems: { 404: ['SESSION_UNKNOWN'] },
} as const satisfies Contract;

export const endOtherSessions = {
  method: 'DELETE',
  path: '/api/v1/sessions',
  ability: 'govern-own-account',
  audience: 'signed-in',
  description: 'Ends all sessions of whoever asks but the one that asks.',
  input: z.strictObject({}),
  output: z.object({ ended: z.int().describe('How many.') }),
} as const satisfies Contract;

export const changeOwnPassword = {
  method: 'PUT',
  path: '/api/v1/account/password',
  ability: 'govern-own-account',
  audience: 'signed-in',
  description:
    'Changes the password of whoever asks. What was issued under the old one ends at once, other sessions too; the session that asks and tokens that act for the user go on.',
  input: z.strictObject({ current: password, password }),
  output: z.object({ name: z.string() }),
  problems: { 400: ['ACCOUNT_INVALID'], 403: ['PASSWORD_WRONG'], 409: ['ACCOUNT_PROTECTED'] },
} as const satisfies Contract;

export const endSessionsOfUser = {
  method: 'DELETE',
  path: '/api/v1/users/{name}/sessions',
  ability: 'manage-users',
  description:
    'Ends all sessions of a user, also those begun by a token of theirs, on all nodes at once. Whoever knows the password may log in again.',
  input: z.strictObject({ name: z.string().min(1).max(255) }),
  output: z.object({ ended: z.int().describe('How many.') }),
  problems: { 404: ['ACCOUNT_UNKNOWN'] },
} as const satisfies Contract;
