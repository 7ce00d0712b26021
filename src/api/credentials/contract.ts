import { z } from 'zod';
import type { Contract } from '../contract.ts';

export type HandedLoginReply = z.output<typeof handedLogin>;
export type UsableRegistry = z.output<typeof usableRegistry>;

const id = z.string().min(1).max(64).describe('Of a connection: `reg-` and some characters.');
const project = z.string().min(1).max(255).describe('Only the connections of this project.');
const expiresAt = z.iso.datetime().nullable().describe('When the credentials end; `null`: nobody knows, or never.');
const remarks = z.array(z.string()).describe('What whoever uses it should know, a sentence each.');

const named = { id: z.string(), name: z.string(), project: z.string() };
const key = z
  .string()
  .describe('What Docker’s configuration calls it: `https://index.docker.io/v1/` for Docker Hub, else `host[:port]`.');

export const usableRegistry = z.object({
  ...named,
  kind: z.string(),
  url: z.string(),
  host: z.string(),
  key: key
    .nullable()
    .describe(
      'As among the `auths`; `null`: another connection has the place there, of this project or of one that was there first.',
    ),
  username: z.string().describe('As it was given; short-lived credentials may have another.'),
});

export const handedLogin = z.object({
  ...named,
  key,
  host: z.string(),
  username: z.string(),
  password: z.string().describe('Short-lived where the registry has such, and then never the secret behind it.'),
  auth: z.string().describe('Base64 of `username:password`.'),
  expiresAt,
});

const auths = z.record(z.string(), z.object({ username: z.string(), password: z.string(), auth: z.string() }));

export const kubernetesSecret = z.object({
  apiVersion: z.literal('v1'),
  kind: z.literal('Secret'),
  type: z.literal('kubernetes.io/dockerconfigjson'),
  metadata: z.object({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()),
  }),
  data: z.object({ '.dockerconfigjson': z.string() }),
});

export const handOutCredentials = {
  method: 'POST',
  path: '/api/v1/registries/{id}/credentials',
  ability: 'use-registries',
  projectAction: 'registries:use',
  description:
    'Hands out what Docker logs in with at a registry, and writes that down. Needs `registries:use` in its project.',
  input: z.strictObject({
    id,
    purpose: z.string().min(1).max(100).optional().describe('What for, for the audit log. Default: `credentials`.'),
  }),
  output: handedLogin,
} as const satisfies Contract;

export const makeKubernetesSecret = {
  method: 'POST',
  path: '/api/v1/registries/{id}/kubernetes-secret',
  ability: 'use-registries',
  projectAction: 'registries:use',
  description:
    'Makes the Secret with which Kubernetes pulls from a registry, `registry-secret-{id}` of type `kubernetes.io/dockerconfigjson`, and writes that down. Needs `registries:use` in its project.',
  input: z.strictObject({
    id,
    namespace: z
      .string()
      .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'lower-case letters, digits and -, 63 at most')
      .optional()
      .describe('Where it is to be: pods use Secrets of their own namespace alone. Absent: where `kubectl` puts it.'),
  }),
  output: z.object({ secret: kubernetesSecret, yaml: z.string().describe('The same.'), expiresAt, remarks }),
} as const satisfies Contract;

export const listUsableRegistries = {
  method: 'GET',
  path: '/api/v1/docker-config',
  ability: 'use-registries',
  projectAction: 'registries:use',
  description:
    'Lists the registries to which whoever asks may log in, and what Docker’s configuration calls them, without any secret.',
  input: z.strictObject({ project: project.optional() }),
  output: z.object({ registries: z.array(usableRegistry), remarks }),
} as const satisfies Contract;

export const makeDockerConfig = {
  method: 'POST',
  path: '/api/v1/docker-config',
  ability: 'use-registries',
  projectAction: 'registries:use',
  description:
    'Makes the configuration with which docker, podman, buildah and skopeo log in to registries: to all that whoever asks may use, or to those that are named. Each is written down. One that cannot be had is left out, and it is said why.',
  input: z.strictObject({
    registries: z.array(id).min(1).max(200).optional().describe('Ids of connections.'),
    project: project.optional(),
    host: z
      .string()
      .min(1)
      .max(300)
      .optional()
      .describe(
        'The one for this registry, however clients write it: `ghcr.io`, `https://index.docker.io/v1/`. Of several projects, the oldest one.',
      ),
    purpose: z.string().min(1).max(100).optional().describe('What for, for the audit log. Default: `docker-config`.'),
  }),
  output: z.object({
    config: z.object({ auths }).describe('What stands in `~/.docker/config.json`.'),
    registries: z.array(z.object({ ...named, key, username: z.string(), expiresAt })),
    leftOut: z.array(z.object({ ...named, reason: z.string() })),
    remarks,
  }),
} as const satisfies Contract;

export const showLoginLines = {
  method: 'GET',
  path: '/api/v1/registries/{id}/login-lines',
  ability: 'use-registries',
  projectAction: 'registries:use',
  description:
    'Shows the lines by which docker and other clients log in at a registry. There is no secret in them: they read it from stdin. Needs `registries:use` in its project.',
  input: z.strictObject({ id }),
  output: z.object({
    ...named,
    host: z.string(),
    key,
    username: z.string(),
    lines: z.array(z.object({ tool: z.string(), line: z.string().describe('For a POSIX shell.') })),
    remarks,
  }),
} as const satisfies Contract;
