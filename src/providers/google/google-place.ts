import type { RegistryUrl } from '../registry-url.ts';

/** Where a host of Google's keeps its images. */
export interface GoogleHost {
  /** `europe-west1`, `us` */
  readonly location: string;
  /** Of a host of the old kind: all its images are in one repository, which is called like the host. */
  readonly legacyRepository: string | undefined;
}

const PKG_DEV = /^([a-z]+(?:-[a-z]+\d+)?)-docker\.pkg\.dev$/;

/** Artifact Registry serves the hosts of Container Registry: each is a repository of its own in one of these. */
const LEGACY_LOCATIONS: Readonly<Record<string, string>> = {
  'gcr.io': 'us',
  'us.gcr.io': 'us',
  'eu.gcr.io': 'europe',
  'asia.gcr.io': 'asia',
};

/** `undefined`: it is no registry of Google's. */
export function googleHostOf({ hostname, port, scheme }: RegistryUrl): GoogleHost | undefined {
  if (port !== undefined || scheme !== 'https') return undefined;
  const legacy = LEGACY_LOCATIONS[hostname];
  if (legacy !== undefined) return { location: legacy, legacyRepository: hostname };
  const location = PKG_DEV.exec(hostname)?.[1];
  return location === undefined ? undefined : { location, legacyRepository: undefined };
}

/** What a name in a reference says, as Google's API has it. */
export interface GooglePlace {
  readonly project: string;
  /** Absent: the name ends at its project. */
  readonly repository: string | undefined;
  /** With its slashes; absent: the name ends at its repository. */
  readonly image: string | undefined;
}

/**
 * Reads `project/repository/image`, or `project/image` at a host of the old kind. The project of an old domain is two
 * parts of a name, `example.com/project`, and one word in the API, `example.com:project`.
 *
 * @returns `undefined`: not even a project.
 */
export function googlePlaceOf(name: string, { legacyRepository }: GoogleHost): GooglePlace | undefined {
  const [first = '', ...rest] = name.split('/').filter((part) => part !== '');
  const isOfDomain = first.includes('.') && rest.length > 0;
  const project = isOfDomain ? `${first}:${rest[0]}` : first;
  const parts = isOfDomain ? rest.slice(1) : rest;
  if (project === '') return undefined;
  const [repository, image] =
    legacyRepository === undefined ? [parts[0], parts.slice(1).join('/')] : [legacyRepository, parts.join('/')];
  return { project, repository, image: image === '' ? undefined : image };
}

/** As in a reference, without the host. */
export function nameOf(
  { project, repository, image }: Required<GooglePlace>,
  { legacyRepository }: GoogleHost,
): string {
  const middle = legacyRepository === undefined ? [repository] : [];
  return [project.replace(':', '/'), ...middle, image].join('/');
}
