import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { rule } from '../rule.ts';

export type Grantee = z.output<typeof grantee>;
export type Grant = z.output<typeof grant>;

const name = z.string().min(1).max(255);

export const grantee = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('user'), name }),
  z.strictObject({ kind: z.literal('token'), name }),
  /** Somebody of the htpasswd file, known by name only. */
  z.strictObject({ kind: z.literal('htpasswd'), name }),
  /** With or without a credential. */
  z.strictObject({ kind: z.literal('everybody') }),
  /** Whoever has shown a credential. */
  z.strictObject({ kind: z.literal('signed-in') }),
]);

export const grant = z.object({
  id: z.int(),
  to: grantee,
  ...rule.shape,
  createdAt: z.iso.datetime(),
});

export const listGrants = {
  method: 'GET',
  path: '/api/v1/grants',
  ability: 'manage-grants',
  input: z.strictObject({}),
  output: z.object({ grants: z.array(grant) }),
} as const satisfies Contract;

/** Adds actions to those that were granted for the same pattern before. */
export const addGrant = {
  method: 'POST',
  path: '/api/v1/grants',
  ability: 'manage-grants',
  input: z.strictObject({ to: grantee, ...rule.shape }),
  output: z.object({ grant }),
  status: 201,
} as const satisfies Contract;

export const removeGrant = {
  method: 'DELETE',
  path: '/api/v1/grants/{id}',
  ability: 'manage-grants',
  input: z.strictObject({ id: z.coerce.number().pipe(z.int().positive()) }),
  output: z.object({ id: z.int() }),
} as const satisfies Contract;
