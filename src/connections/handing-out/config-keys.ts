import { parseRegistryUrl } from '../../providers/registry-url.ts';
import type { Connection } from '../connection.ts';
import { configKeyOf } from './docker-config.ts';

export interface KeyedConnection {
  readonly connection: Connection;
  readonly key: string;
}

export interface LeftOut {
  readonly connection: Connection;
  /** A sentence. */
  readonly reason: string;
}

export interface ConfigKeys {
  readonly keyed: readonly KeyedConnection[];
  readonly leftOut: readonly LeftOut[];
  /** What whoever uses the file should know, a sentence each. */
  readonly remarks: readonly string[];
}

/**
 * Finds a key for each connection, in one file. One alone on its host gets the host. Of several, those whose URL has a
 * path get it along, and one without a path the host: there is no place for a second one of the same key.
 */
export function configKeys(connections: readonly Connection[]): ConfigKeys {
  const keyed: KeyedConnection[] = [];
  const leftOut: LeftOut[] = [];
  const remarks: string[] = [];
  const sorted = connections.toSorted((a, b) => compare(a.name, b.name) || compare(a.id, b.id));
  for (const [host, together] of Map.groupBy(sorted, ({ url }) => parseRegistryUrl(url).host)) {
    const given = keysOnOneHost(together);
    keyed.push(...given.keyed);
    leftOut.push(...given.leftOut);
    if (given.keyed.some(({ key }) => key.startsWith(`${host}/`))) remarks.push(aboutPaths(host, given.keyed));
  }
  return { keyed, leftOut, remarks };
}

function keysOnOneHost(connections: readonly Connection[]): Pick<ConfigKeys, 'keyed' | 'leftOut'> {
  const part = connections.length === 1 ? 'host' : 'path';
  const byKey = new Map<string, Connection>();
  const leftOut: LeftOut[] = [];
  for (const connection of connections) {
    const key = configKeyOf(parseRegistryUrl(connection.url), part);
    const taken = byKey.get(key);
    if (taken === undefined) byKey.set(key, connection);
    else
      leftOut.push({ connection, reason: `${taken.name} is for ${connection.url} too, and a file holds one of them.` });
  }
  return { keyed: [...byKey].map(([key, connection]) => ({ key, connection })), leftOut };
}

function aboutPaths(host: string, keyed: readonly KeyedConnection[]): string {
  const keys = keyed.map(({ key }) => key).join(', ');
  return `There are several accounts at ${host} (${keys}): Kubernetes, podman, buildah and skopeo choose by the beginning of an image's name, Docker knows hosts alone.`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
