import { z } from 'zod';
import type { Contract } from '../contract.ts';
import { next, pageInput } from '../page.ts';
import { diagnosis, kind, registry, registryTest } from './document.ts';

export type Registry = z.output<typeof registry>;
export type RegistryTest = z.output<typeof registryTest>;
export type RegistryCheck = z.output<typeof registryCheck>;
export type RegistryKind = z.output<typeof registryKind>;
export type UpstreamGauge = z.output<typeof upstream>;

export { kind, registry, registryTest };

const id = z.string().min(1).max(100);
const path = { id };

/** Those of a project are named as OVHcloud names its projects, or as one likes. */
const project = z
  .string()
  .max(100)
  .regex(/^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/, 'a project is written in lower-case letters, digits and . _ - between them')
  .describe('`pn-123456`. A project is there as soon as something is in it.');

const pem = z.string().max(30_000);

/** What may be said of a registry, whether it is added, tried or changed. */
const said = {
  name: z.string().min(1).max(100).describe('For people: one of its own in the project.'),
  kind: kind.describe('Absent: what the URL tells.'),
  url: z.string().min(1).max(500).describe('`ghcr.io`, `https://harbor.example.org:8443/project`.'),
  region: z.string().max(64),
  form: z.string().max(64).describe('How we log in; absent: the first form of the kind.'),
  username: z.string().max(500),
  secret: z
    .string()
    .max(20_000)
    .describe('Password, token, key…: kept encrypted, and never told. Empty: nobody logs in.'),
  fields: z.record(z.string().max(64), z.string().max(2000)).describe('What the form asks for besides.'),
  authorities: pem.describe('PEM: who may have signed its certificate, besides the usual ones.'),
  clientCertificate: pem.describe('PEM: shown to the registry.'),
  clientKey: pem.describe('PEM, of the certificate: as secret as the password.'),
  testRepository: z.string().max(255).describe('Rights are tried on it.'),
  expiresAt: z.iso
    .datetime({ offset: true })
    .nullable()
    .describe('When the secret ends, where the registry does not say so; `null`: never, or nobody knows.'),
  rotateAfterDays: z.int().min(0).max(3650).describe('Somebody is reminded when the secret is older; 0: never.'),
  isAutomatic: z.boolean().describe('Replace the secret without anybody’s doing, where the registry’s API can.'),
};

const all = z.object(said).partial().shape;
const newRegistry = { ...all, name: said.name, url: said.url };

const registryCheck = z.object({
  at: z.iso.datetime(),
  outcome: z.enum(['ok', ...diagnosis.options]),
  message: z.string(),
  milliseconds: z.number(),
  trigger: z.string().describe('Who asked for it; `schedule`: nobody.'),
});

const registryKind = z.object({
  kind,
  title: z.string(),
  forms: z.array(
    z.object({
      name: z.string(),
      hasSecret: z.boolean().describe('`false`: there is none to give, the machine that Havre runs on logs in.'),
      username: z.string().nullable().describe('What it always is; `null`: it is asked for.'),
      fields: z.array(z.object({ name: z.string(), isRequired: z.boolean(), description: z.string() })),
      where: z.string().describe('Where people get it.'),
      leastRights: z.string(),
      link: z.string().nullable(),
      lifeSeconds: z.number().nullable().describe('How long such a secret lasts; `null`: that differs.'),
    }),
  ),
});

const upstream = z.object({
  upstream: z
    .string()
    .describe('Its host, as whom, and for which registry: each of these has a budget and pauses of its own.'),
  limit: z.number().nullable(),
  remaining: z.number().nullable(),
  resetsAt: z.iso.datetime().nullable(),
  pausedUntil: z.iso.datetime().nullable(),
  breaker: z.enum(['closed', 'half-open', 'open']).describe('`open`: it failed again and again, and is left alone.'),
});

const INVALID = { 400: ['REGISTRY_INVALID'] } as const;
const UNKNOWN = { 404: ['REGISTRY_UNKNOWN'] } as const;
const IN_USE = { 409: ['REGISTRY_IN_USE'] } as const;
const TAKEN = { 409: ['REGISTRY_EXISTS', 'SECRETS_KEY_MISSING'] } as const;

export const listRegistries = {
  method: 'GET',
  path: '/api/v1/registries',
  ability: 'see-registries',
  projectAction: 'registries:read',
  description:
    'Lists the connections to other registries, by project and name: those of projects that one may look into.',
  input: z.strictObject({
    ...pageInput,
    project: z.string().max(128).optional().describe('Only those of this project.'),
    kind: kind.optional(),
    state: registry.shape.health.shape.state.optional(),
    search: z.string().max(200).optional().describe('Part of a name, URL or id.'),
  }),
  output: z.object({ registries: z.array(registry), next }),
  problems: UNKNOWN,
} as const satisfies Contract;

export const addRegistry = {
  method: 'POST',
  path: '/api/v1/registries',
  ability: 'manage-registries',
  projectAction: 'registries:manage',
  description: 'Adds a connection to another registry. It is checked a moment later; `POST …/test` does so at once.',
  input: z.strictObject({ project, ...newRegistry }),
  output: z.object({ registry }),
  status: 201,
  problems: { ...INVALID, ...TAKEN },
} as const satisfies Contract;

export const applyRegistry = {
  method: 'PUT',
  path: '/api/v1/registries',
  ability: 'manage-registries',
  projectAction: 'registries:manage',
  description:
    'Makes the connection of this name in the project be as it is said here: one that is not there is added, one that is otherwise is changed. What is not named stays.',
  input: z.strictObject({
    project,
    ...newRegistry,
    dryRun: z
      .boolean()
      .default(false)
      .describe('Only say what would be done, or refused: nothing is kept, and no registry is called.'),
  }),
  output: z.object({
    result: z.enum(['created', 'updated', 'unchanged']),
    changes: z.array(z.string()).describe('Which fields were otherwise.'),
    registry: registry.nullable().describe('`null`: it would be created.'),
  }),
  problems: { ...INVALID, 409: [...TAKEN[409], 'REGISTRY_CHANGED', 'ROTATION_REFUSED'] },
} as const satisfies Contract;

export const showRegistry = {
  method: 'GET',
  path: '/api/v1/registries/{id}',
  ability: 'see-registries',
  projectAction: 'registries:read',
  description: 'Shows a connection, without its secret.',
  input: z.strictObject(path),
  output: z.object({ registry }),
  problems: UNKNOWN,
} as const satisfies Contract;

export const changeRegistry = {
  method: 'PUT',
  path: '/api/v1/registries/{id}',
  ability: 'manage-registries',
  projectAction: 'registries:manage',
  description:
    'Changes what is named, and leaves the rest; an empty text takes away what was there. When the URL goes to another host, the secret has to be given again: none is ever sent where it was not meant to go.',
  input: z.strictObject({ ...path, ...all }),
  output: z.object({ registry }),
  problems: { ...INVALID, ...UNKNOWN, 409: [...TAKEN[409], 'REGISTRY_CHANGED', 'ROTATION_REFUSED'] },
} as const satisfies Contract;

export const removeRegistry = {
  method: 'DELETE',
  path: '/api/v1/registries/{id}',
  ability: 'manage-registries',
  projectAction: 'registries:manage',
  description:
    'Forgets a connection with its secret, unless lifecycle policies are for it. Nothing changes in that registry: revoke the secret there.',
  input: z.strictObject(path),
  output: z.object({ id: z.string() }),
  problems: { ...UNKNOWN, ...IN_USE },
} as const satisfies Contract;

export const testRegistry = {
  method: 'POST',
  path: '/api/v1/registries/{id}/test',
  ability: 'use-registries',
  projectAction: 'registries:use',
  description:
    'Checks a connection now, and says what is wrong and what may be done there. It is in the list of its checks.',
  input: z.strictObject(path),
  output: z.object({ registry, test: registryTest }),
  problems: UNKNOWN,
} as const satisfies Contract;

export const tryRegistry = {
  method: 'POST',
  path: '/api/v1/registry-tests',
  ability: 'manage-registries',
  projectAction: 'registries:manage',
  description: 'Tries what is not stored, as it was filled in. Nothing is kept.',
  input: z.strictObject({ project, ...newRegistry, name: said.name.optional() }),
  output: z.object({ test: registryTest }),
  problems: INVALID,
} as const satisfies Contract;

export const tryRegistryChange = {
  method: 'POST',
  path: '/api/v1/registries/{id}/trial',
  ability: 'manage-registries',
  projectAction: 'registries:manage',
  description:
    'Tries a connection as it would be with these changes; nothing is kept. Its own secret is used where it would go to the same place.',
  input: z.strictObject({ ...path, ...all }),
  output: z.object({ test: registryTest }),
  problems: { ...INVALID, ...UNKNOWN },
} as const satisfies Contract;

export const listRegistryChecks = {
  method: 'GET',
  path: '/api/v1/registries/{id}/checks',
  ability: 'see-registries',
  projectAction: 'registries:read',
  description: 'Lists the checks of a connection, newest first, as far as they are kept.',
  input: z.strictObject({ ...path, ...pageInput }),
  output: z.object({ checks: z.array(registryCheck), next }),
  problems: UNKNOWN,
} as const satisfies Contract;

export const listRegistryKinds = {
  method: 'GET',
  path: '/api/v1/registry-kinds',
  ability: 'see-registries',
  audience: 'signed-in',
  description: 'Lists the kinds of registries that are known, and how one logs in there.',
  input: z.strictObject({ url: z.string().max(500).optional().describe('Says of which kind the registry there is.') }),
  output: z.object({
    kinds: z.array(registryKind),
    detected: kind.nullable().describe('Of `url`; `null`: none was given.'),
  }),
  problems: INVALID,
} as const satisfies Contract;

export const listUpstreams = {
  method: 'GET',
  path: '/api/v1/upstreams',
  ability: 'see-upstreams',
  description: 'Says of each registry that this node has asked what is left of what it lets us ask.',
  input: z.strictObject({}),
  output: z.object({ upstreams: z.array(upstream) }),
} as const satisfies Contract;
