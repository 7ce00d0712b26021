import { dockerConfig, type HandedLogin } from './docker-config.ts';
import type { YamlMapping } from './yaml.ts';

/** Ours, for labels and annotations. */
const DOMAIN = 'havre.io';

/** Of all that a Secret holds, by Kubernetes. */
const LARGEST_BYTES = 1024 * 1024;
/** DNS-1123 subdomain. */
const NAME = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
/** DNS-1123 label: a namespace, and what a label may have for a value. */
export const NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** A Secret from which kubelet pulls images, as `kubectl apply` takes it. */
export interface KubernetesSecret extends YamlMapping {
  readonly apiVersion: 'v1';
  readonly kind: 'Secret';
  readonly type: 'kubernetes.io/dockerconfigjson';
  readonly metadata: SecretMetadata;
  readonly data: { readonly '.dockerconfigjson': string };
}

interface SecretMetadata extends YamlMapping {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface SecretOptions {
  /** Of the connection. */
  readonly id: string;
  /** Absent: where `kubectl` is told to put it. */
  readonly namespace?: string;
  readonly login: HandedLogin;
  /** Since when these credentials are in use: tells one version from the next. */
  readonly setAt: Date;
  /** When they end. Absent: nobody knows. */
  readonly expiresAt?: Date;
}

/** Kubernetes would not take it. The message says why. */
export class SecretInvalidError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** What the Secret of a connection is called, in every namespace. */
export function secretNameOf(id: string): string {
  return `registry-secret-${id}`;
}

/**
 * @throws {SecretInvalidError}
 * @throws {LoginUnwritableError}
 */
export function kubernetesSecret({ id, namespace, login, setAt, expiresAt }: SecretOptions): KubernetesSecret {
  const name = secretNameOf(id);
  if (!NAME.test(name)) throw new SecretInvalidError(`${name} is no name of a Kubernetes object.`);
  if (namespace !== undefined && !NAMESPACE.test(namespace)) {
    throw new SecretInvalidError(
      `${namespace} is no name of a namespace: lower-case letters, digits and -, 63 at most.`,
    );
  }
  const config = Buffer.from(JSON.stringify(dockerConfig([login])), 'utf8');
  if (config.byteLength > LARGEST_BYTES) {
    throw new SecretInvalidError(`The credentials have ${config.byteLength} bytes: a Secret holds 1 MiB.`);
  }
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/dockerconfigjson',
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      labels: { 'app.kubernetes.io/managed-by': 'havre', [`${DOMAIN}/registry-id`]: id },
      annotations: {
        [`${DOMAIN}/credential-version`]: setAt.toISOString(),
        ...(expiresAt !== undefined && { [`${DOMAIN}/expires-at`]: expiresAt.toISOString() }),
      },
    },
    data: { '.dockerconfigjson': config.toString('base64') },
  };
}
