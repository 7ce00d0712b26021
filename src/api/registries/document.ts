import { z } from 'zod';
import { DIAGNOSES } from '../../providers/provider-error.ts';
import { KINDS } from '../../providers/provider.ts';

const time = z.iso.datetime();
const timeOrNever = time.nullable();

export const kind = z.enum(KINDS);
export const diagnosis = z.enum(DIAGNOSES);

const can = z.enum(['yes', 'no', 'unknown']).describe('`unknown`: the registry does not tell without trying.');

export const checkReport = z.object({
  abilities: z.object({ list: can, pull: can, push: can, delete: can }),
  secretExpiresAt: timeOrNever.describe('As the registry says; `null`: it does not.'),
  account: z.string().nullable().describe('Who the registry takes us for.'),
  remarks: z.array(z.string()).describe('What is worth knowing, and no error.'),
  clockSkewSeconds: z.number().nullable().describe('Its clock less ours.'),
});

export const problem = z.object({ diagnosis, message: z.string().describe('What is wrong, and what to do.') });

export const registryTest = z.object({
  outcome: z.enum(['ok', ...DIAGNOSES]),
  message: z.string().describe('What is wrong, and what to do; empty where all is well.'),
  report: checkReport.nullable(),
  milliseconds: z.number(),
});

/** A connection to another registry. Never with the secret. */
export const registry = z.object({
  id: z.string().describe('`reg-` and some characters. It does not change.'),
  project: z.string(),
  name: z.string(),
  kind,
  url: z.string().describe('As a reference begins: `ghcr.io`, `harbor.lan:8443`.'),
  isPlainHttp: z.boolean(),
  region: z.string().nullable(),
  form: z.string().describe('How we log in: the name of a form of its kind.'),
  username: z.string(),
  hasSecret: z.boolean().describe('The secret itself is never told.'),
  logsIn: z.boolean().describe('Whether anybody logs in: by the secret, or as the machine that Havre runs on.'),
  fields: z.record(z.string(), z.string()),
  authorities: z.string().nullable().describe('PEM.'),
  clientCertificate: z.string().nullable().describe('PEM; its key is never told.'),
  testRepository: z.string().nullable(),
  addedBy: z.string(),
  createdAt: time,
  updatedAt: time,
  usableSince: time.describe(
    'Since when it leads to its host and somebody logs in there by it: of several projects that have one at a host, the oldest comes first.',
  ),
  credential: z.object({
    setAt: time.describe('When the secret that is in use was given.'),
    ageDays: z.int(),
    expiresAt: timeOrNever.describe('`null`: never, or nobody knows.'),
    expirySource: z.enum(['registry', 'hand']).nullable(),
    rotateAfterDays: z.int().describe('How old it may become; 0: any age.'),
    isRotationDue: z.boolean(),
    rotation: z
      .enum(['none', 'tested', 'switched'])
      .describe('`tested`: a new secret waits. `switched`: it is in use, and the old one is kept.'),
    isAutomatic: z.boolean().describe('Whether it is replaced without anybody’s doing.'),
  }),
  health: z.object({
    state: z.enum(['valid', 'expiring', 'expired', 'failing', 'unchecked']),
    checkedAt: timeOrNever,
    succeededAt: timeOrNever,
    nextCheckAt: timeOrNever,
    problem: problem.nullable(),
    report: checkReport.nullable(),
  }),
  abilities: z.array(z.enum(['read', 'use', 'manage'])).describe('What whoever asks may do with it.'),
});
