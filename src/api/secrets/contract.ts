import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { problemDocument } from '../problem-document.ts';

const count = z.int().nonnegative();

export type KeyRotation = z.output<typeof rotation>;

const rotation = z.object({
  keyId: z.string().describe('A fingerprint of the key in use now, as it stands in what is sealed.'),
  resealed: z.record(z.string(), count).describe('How many secrets were sealed anew: of webhooks, of registries.'),
  unreadable: count.describe('Secrets whose key is not here. They stay as they are.'),
  isComplete: z
    .boolean()
    .describe('Nothing is sealed by an older key any more: older ones can go. A key that the server had made is gone.'),
});

export const rotateSecretsKey = {
  method: 'POST',
  path: '/api/v1/secrets/rotate-key',
  ability: 'rotate-keys',
  description:
    'Replaces the key by which secrets are sealed, where the server made it itself, and seals all of them by the key in use. What is sealed can be opened all the time. Stopped half-way, it goes on when it is asked for again.',
  input: z.strictObject({}),
  output: z.discriminatedUnion('event', [
    z.object({
      event: z.literal('progress').describe('Sent every second or so, also to keep the connection alive.'),
      elapsedSeconds: z.number().nonnegative(),
    }),
    z.object({ event: z.literal('done').describe('The last line.'), report: rotation }),
    z.object({
      event: z.literal('failed').describe('The last line, when it failed half-way: the next one goes on there.'),
      problem: problemDocument,
    }),
  ]),
  reply: 'lines',
  recordedAs: { subject: 'secrets-key-rotation', details: [] },
  problems: { 409: ['ROTATION_RUNNING', 'SECRETS_KEY_MISSING'] },
} as const satisfies Contract;
