import { parseDigest, type Digest } from '../oci/digest.ts';
import { OciError } from '../oci/errors.ts';
import { parseRepositoryName, type RepositoryName } from '../oci/repository-name.ts';
import { parseTag, type Tag } from '../oci/tag.ts';
import { ReferenceInvalidError } from './client-error.ts';
import { DOCKER_HUB, parseRegistryAddress, type RegistryAddress, type Scheme } from './registry-address.ts';

/** What a person types to name content of a registry: `[host[:port]/]name[:tag][@digest]`. */
export interface Reference {
  readonly registry: RegistryAddress;
  readonly repository: RepositoryName;
  readonly tag?: Tag;
  readonly digest?: Digest;
}

export const LATEST = 'latest' as Tag;

/**
 * Reads a reference. `nginx` is Docker Hub's `library/nginx`, as everywhere; `http://` or `https://` before the host says
 * how to reach it, and `docker://` is what skopeo writes.
 *
 * @param defaultScheme of a host that is written without one.
 * @throws {ReferenceInvalidError}
 */
export function parseReference(text: string, defaultScheme?: Scheme): Reference {
  const { scheme = defaultScheme, rest } = splitScheme(text);
  const { host, path } = splitHost(rest, scheme !== undefined && scheme !== defaultScheme);
  const { name, tag, digest } = splitPath(path);
  const registry = parseRegistryAddress(host, scheme);
  const isOfficial = registry.name === DOCKER_HUB && !name.includes('/');
  try {
    return {
      registry,
      repository: parseRepositoryName(isOfficial ? `library/${name}` : name),
      ...(tag !== undefined && { tag: parseTag(tag) }),
      ...(digest !== undefined && { digest: parseDigest(digest) }),
    };
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    throw new ReferenceInvalidError(`${text} cannot be read: ${error.message}.`, { cause: error });
  }
}

/** As a person would write it, with what they left out. */
export function formatReference({ registry, repository, tag, digest }: Reference): string {
  const name = `${registry.name}/${repository}`;
  return `${name}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

function splitScheme(text: string): { scheme?: Scheme; rest: string } {
  const match = /^(https?|docker):\/\/(.*)$/s.exec(text);
  if (match === null) return { rest: text };
  const [, scheme, rest = ''] = match;
  return scheme === 'http' || scheme === 'https' ? { scheme, rest } : { rest };
}

/** What stands before the first slash is a host when it cannot be a part of a name, or when a scheme says so. */
function splitHost(text: string, isHostSure: boolean): { host: string; path: string } {
  const slash = text.indexOf('/');
  const first = text.slice(0, Math.max(0, slash));
  const isHost = slash > 0 && (isHostSure || /[.:A-Z]/.test(first) || first === 'localhost');
  return isHost ? { host: first, path: text.slice(slash + 1) } : { host: DOCKER_HUB, path: text };
}

function splitPath(path: string): { name: string; tag?: string; digest?: string } {
  const at = path.indexOf('@');
  const named = at === -1 ? path : path.slice(0, at);
  const colon = named.indexOf(':');
  return {
    name: colon === -1 ? named : named.slice(0, colon),
    ...(colon !== -1 && { tag: named.slice(colon + 1) }),
    ...(at !== -1 && { digest: path.slice(at + 1) }),
  };
}
