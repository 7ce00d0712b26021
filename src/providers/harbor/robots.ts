import type { JsonObject } from '../../oci/json-object.ts';
import type { MintedSecret, Minting } from '../account.ts';
import { numberIn, objectsIn, textIn } from '../native/json-fields.ts';
import { ProviderError } from '../provider-error.ts';
import { type HarborApi, MAX_PAGE_SIZE } from './harbor-api.ts';

/** More robots than these are not looked through. */
const MAX_PAGES = 20;
/** What we put behind the name of a robot that we make beside another. */
const OUR_SUFFIX = /-h[0-9a-z]{8,}$/;

export interface RobotOptions {
  readonly api: HarborApi;
  /** `robot$project+name` */
  readonly username: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * The robot that we are; `undefined`: we may not look at robots.
 *
 * @throws {ProviderError} it cannot be asked.
 */
export async function findRobot({ api, username }: RobotOptions, signal: AbortSignal): Promise<JsonObject | undefined> {
  const level = await levelOf(api, username, signal);
  if (level === undefined) return undefined;
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const found = await listRobots({ api, level, page }, signal);
    const robot = found.find((one) => textIn(one, 'name') === username);
    if (robot !== undefined || found.length < MAX_PAGE_SIZE) return robot;
  }
  return undefined;
}

/** When its secret ends; `undefined`: never, or nobody knows. */
export function endOfRobot(robot: JsonObject | undefined): Date | undefined {
  const seconds = robot === undefined ? undefined : numberIn(robot, 'expires_at');
  return seconds === undefined || seconds <= 0 ? undefined : new Date(seconds * 1000);
}

/** Another robot of the same rights, beside this one, so that both work until the old one is deleted. */
export function robotMinting(options: RobotOptions): Minting {
  const { api } = options;
  return {
    overlaps: true,
    mint: async (signal) => {
      const robot = await findRobot(options, signal);
      if (robot === undefined) throw mayNotMakeRobots(options.username);
      const body = copyOf(robot, options);
      const made = await api.post('/robots', body, { doing: 'making another robot', signal });
      return mintedFrom(made);
    },
    revoke: async (reference, signal) => {
      const answer = await api.delete(`/robots/${encodeURIComponent(reference)}`, signal);
      if (answer.status !== 404 && answer.status >= 300) throw api.refusalOf(answer, 'deleting a robot');
    },
  };
}

/** A new secret for the same robot: the old one ends at that moment. */
export function robotRenewal(options: RobotOptions): Minting {
  return {
    overlaps: false,
    mint: async (signal) => {
      const robot = await findRobot(options, signal);
      const id = robot === undefined ? undefined : numberIn(robot, 'id');
      if (robot === undefined || id === undefined) throw mayNotMakeRobots(options.username);
      const doing = { doing: 'giving the robot a new secret', signal };
      const answer = await options.api.patch(`/robots/${id}`, { secret: '' }, doing);
      return mintedFrom({ ...answer, name: options.username, expires_at: robot['expires_at'] });
    },
    revoke: () => Promise.resolve(),
  };
}

function mintedFrom(made: JsonObject): MintedSecret {
  const [username, secret, id] = [textIn(made, 'name'), textIn(made, 'secret'), numberIn(made, 'id')];
  if (username === undefined || secret === undefined) {
    throw new ProviderError('malformed', 'Harbor made a secret for a robot, and did not tell it.');
  }
  const expiresAt = endOfRobot(made);
  return {
    username,
    secret,
    ...(expiresAt !== undefined && { expiresAt }),
    ...(id !== undefined && { reference: String(id) }),
  };
}

function mayNotMakeRobots(username: string): ProviderError {
  return new ProviderError(
    'forbidden',
    `${username} may not look at robots, so that it cannot be renewed by itself. Give it the rights to list, read, create ` +
      'and delete robots, or replace the secret by hand.',
  );
}

function copyOf(robot: JsonObject, { username, now }: RobotOptions): JsonObject {
  const short = username.slice(username.indexOf('$') + 1);
  const name = short.slice(short.indexOf('+') + 1).replace(OUR_SUFFIX, '');
  const duration = numberIn(robot, 'duration') ?? -1;
  return {
    name: `${name}-h${now().toString(36)}`,
    description: textIn(robot, 'description') ?? '',
    level: textIn(robot, 'level') ?? 'project',
    duration,
    permissions: objectsIn(robot, 'permissions'),
  };
}

/** Robots of the system, and those of a project, are lists of their own. `undefined`: the project is not for us to see. */
async function levelOf(api: HarborApi, username: string, signal: AbortSignal): Promise<string | undefined> {
  const [, project] = /^[^$]*\$([^+]+)\+/.exec(username) ?? [];
  if (project === undefined) return 'Level=system';
  const found = await api.find(`/projects/${encodeURIComponent(project)}`, signal);
  const id = found === undefined ? undefined : numberIn(found, 'project_id');
  return id === undefined ? undefined : `Level=project,ProjectID=${id}`;
}

async function listRobots(
  { api, level, page }: { readonly api: HarborApi; readonly level: string; readonly page: number },
  signal: AbortSignal,
): Promise<readonly JsonObject[]> {
  try {
    const wanted = {
      path: '/robots',
      page,
      size: MAX_PAGE_SIZE,
      query: { q: level },
      doing: 'looking at robots',
      signal,
    };
    return (await api.page(wanted)).items;
  } catch (error) {
    const isRefused = error instanceof ProviderError && ['forbidden', 'wrong-credentials'].includes(error.diagnosis);
    if (isRefused) return [];
    throw error;
  }
}
