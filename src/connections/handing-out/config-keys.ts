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

export interface KeyOptions {
  /** Whoever asks named each of them: that there are other projects among them is meant. */
  readonly areNamed?: boolean;
}

/**
 * Finds a key for each connection, in one file. The first of a host gets the host, the others get the paths of their
 * URLs along: there is no place for a second one of the same key.
 *
 * Of several projects, the one that could log in at a host first has the host, and nobody else gets any of its images:
 * whoever manages connections of one project may not have others log in by them who log in by another's until then.
 */
export function configKeys(connections: readonly Connection[], { areNamed = false }: KeyOptions = {}): ConfigKeys {
  const keyed: KeyedConnection[] = [];
  const leftOut: LeftOut[] = [];
  const remarks: string[] = [];
  const sorted = connections.toSorted(byAge);
  const hosts = Map.groupBy(sorted, ({ url }) => parseRegistryUrl(url).host);
  for (const [host, together] of [...hosts].toSorted(([a], [b]) => compare(a, b))) {
    const given = keysOnOneHost(together, areNamed);
    keyed.push(...given.keyed);
    leftOut.push(...given.leftOut);
    if (given.keyed.length > 1) remarks.push(aboutPaths(host, given.keyed));
  }
  return { keyed, leftOut, remarks };
}

/**
 * The one by which a client logs in that knows no more than a host: of the project that could do so first, the one of the
 * whole registry, or of the shortest path.
 *
 * @param connections all of one host.
 */
export function firstOf(connections: readonly Connection[]): Connection | undefined {
  return firstAmong(kept(connections.toSorted(byAge), false).kept, false);
}

function keysOnOneHost(connections: readonly Connection[], areNamed: boolean): Pick<ConfigKeys, 'keyed' | 'leftOut'> {
  const all = kept(connections, areNamed);
  const first = firstAmong(all.kept, areNamed);
  const keyed = all.kept.map((connection) => ({
    connection,
    key: configKeyOf(parseRegistryUrl(connection.url), connection === first ? 'host' : 'path'),
  }));
  return { keyed, leftOut: all.leftOut };
}

/** @param sorted the oldest first, as are those that are kept. */
function kept(
  sorted: readonly Connection[],
  areNamed: boolean,
): { readonly kept: readonly Connection[]; readonly leftOut: readonly LeftOut[] } {
  const kept: Connection[] = [];
  const leftOut: LeftOut[] = [];
  for (const connection of sorted) {
    const [reason] = kept.flatMap((other) => reasonAgainst(connection, other, areNamed) ?? []);
    if (reason === undefined) kept.push(connection);
    else leftOut.push({ connection, reason });
  }
  return { kept, leftOut };
}

function firstAmong(kept: readonly Connection[], areNamed: boolean): Connection | undefined {
  const candidates = kept.filter(({ project }) => areNamed || project === kept[0]?.project);
  return candidates.toSorted((a, b) => pathOf(a).length - pathOf(b).length)[0];
}

/** Why there is no place for one beside another of the same host; `undefined`: there is. */
function reasonAgainst(connection: Connection, other: Connection, areNamed: boolean): string | undefined {
  const { url, project } = connection;
  if (project !== other.project && !areNamed && doOverlap(pathOf(connection), pathOf(other))) {
    return `${other.name} of project ${other.project} was there first: say the project (--project ${project}) to have this one.`;
  }
  if (pathOf(connection) !== pathOf(other)) return undefined;
  return `${other.name} is for ${url} too, and a file holds one of them.`;
}

/** Whether there are names that begin with both. */
function doOverlap(one: string, other: string): boolean {
  const begins = (path: string, beginning: string): boolean =>
    beginning === '' || `${path}/`.startsWith(`${beginning}/`);
  return begins(one, other) || begins(other, one);
}

function pathOf({ url }: Connection): string {
  return parseRegistryUrl(url).path;
}

function aboutPaths(host: string, keyed: readonly KeyedConnection[]): string {
  const keys = keyed.map(({ key }) => key).join(', ');
  return `There are several accounts at ${host} (${keys}): Kubernetes, podman, buildah and skopeo choose by the beginning of an image's name, Docker knows hosts alone, and gets the first.`;
}

/** The oldest first. */
function byAge(a: Connection, b: Connection): number {
  return a.usableSince.getTime() - b.usableSince.getTime() || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
