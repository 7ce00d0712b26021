import { z } from 'zod';
import type { Contract } from '../contract.ts';

export type User = z.output<typeof user>;

export const user = z.object({
  name: z.string(),
  isAdministrator: z.boolean(),
  /** Who says what the password is: an administrator, the configuration or the htpasswd file. */
  origin: z.enum(['added', 'configuration', 'htpasswd']),
  /** Unknown for a user of the htpasswd file. */
  createdAt: z.iso.datetime().nullable(),
});

/** The rules of a new name and a new password are the registry's own; these only bound what is sent. */
const name = z.string().min(1).max(255);
const password = z.string().min(1).max(1024);

export const listUsers = {
  method: 'GET',
  path: '/api/v1/users',
  ability: 'manage-users',
  input: z.strictObject({}),
  output: z.object({ users: z.array(user) }),
} as const satisfies Contract;

export const addUser = {
  method: 'POST',
  path: '/api/v1/users',
  ability: 'manage-users',
  input: z.strictObject({
    name,
    /** Without one, the registry makes one and tells it in the reply, once. */
    password: password.optional(),
    isAdministrator: z.boolean().default(false),
  }),
  output: z.object({ user, generatedPassword: z.string().optional() }),
  status: 201,
} as const satisfies Contract;

/** Whatever was issued under the old password ends at once. */
export const setPassword = {
  method: 'PUT',
  path: '/api/v1/users/{name}/password',
  ability: 'manage-users',
  input: z.strictObject({ name, password: password.optional() }),
  output: z.object({ user, generatedPassword: z.string().optional() }),
} as const satisfies Contract;

/** The tokens that act for the user, and the grants given to it, go too. */
export const removeUser = {
  method: 'DELETE',
  path: '/api/v1/users/{name}',
  ability: 'manage-users',
  input: z.strictObject({ name }),
  output: z.object({ name: z.string() }),
} as const satisfies Contract;
