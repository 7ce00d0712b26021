import { z } from 'zod';
import type { Contract } from '../contract.ts';

export const readOpenApi = {
  method: 'GET',
  path: '/api/v1/openapi.json',
  ability: 'read-api',
  audience: 'signed-in',
  description: 'Describes this API, for programs: an OpenAPI 3.1 document.',
  input: z.strictObject({}),
  output: z.record(z.string(), z.unknown()),
} as const satisfies Contract;
