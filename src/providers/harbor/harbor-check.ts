import type { JsonObject } from '../../oci/json-object.ts';
import type { CheckReport } from '../account.ts';
import { numberIn, objectsIn, textIn } from '../native/json-fields.ts';
import type { OciAccount } from '../oci/oci-account.ts';
import { ProviderError } from '../provider-error.ts';
import { type HarborApi, splitName } from './harbor-api.ts';
import { endOfRobot, findRobot } from './robots.ts';

export interface HarborChecking {
  readonly api: HarborApi;
  /** Its `/v2/`, which proves the credentials. */
  readonly registry: OciAccount;
  readonly username: string;
  readonly isRobot: boolean;
  /** The project that the URL names; empty: all. */
  readonly project: string;
  readonly repository: string | undefined;
  readonly now: () => number;
}

/** By the token service, as Docker would; then Harbor's own API tells of rights, of its health, and of the robot. */
export async function checkHarbor(checking: HarborChecking, signal: AbortSignal): Promise<CheckReport> {
  const { api, registry, repository, username, isRobot } = checking;
  const report = await registry.check(repository === undefined ? {} : { repository }, signal);
  const [list, info, health] = await Promise.all([
    mayList(checking, signal),
    api.find('/systeminfo', signal),
    api.find('/health', signal),
  ]);
  const project = repository === undefined ? checking.project : splitName(repository).project;
  const permissions = isRobot || project === '' ? undefined : await permissionsIn(api, project, signal);
  const robot = isRobot ? await findRobot({ api, username, now: checking.now }, signal) : undefined;
  const secretExpiresAt = endOfRobot(robot);
  return {
    ...report,
    abilities: { ...report.abilities, list, ...permissions },
    remarks: [...report.remarks, ...remarksOn(info, health), ...(isDisabled(robot) ? ['The robot is disabled.'] : [])],
    account: username,
    ...(secretExpiresAt !== undefined && { secretExpiresAt }),
  };
}

async function mayList({ api, project }: HarborChecking, signal: AbortSignal): Promise<'yes' | 'no'> {
  const path = project === '' ? '/repositories' : `/projects/${encodeURIComponent(project)}/repositories`;
  try {
    await api.page({ path, page: 1, size: 1, doing: 'listing its repositories', signal });
    return 'yes';
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (['forbidden', 'wrong-credentials'].includes(error.diagnosis)) return 'no';
    // The registry is one, and its own API is not Harbor's.
    if (error.diagnosis !== 'malformed' && error.diagnosis !== 'not-a-registry') throw error;
    throw new ProviderError(
      'not-a-registry',
      `${api.name} is a registry, and no Harbor of version 2: it has no /api/v2.0. Choose another kind for it.`,
      { cause: error },
    );
  }
}

/** What a user may do in a project; nothing is said where Harbor does not tell. Robots cannot ask. */
async function permissionsIn(
  api: HarborApi,
  project: string,
  signal: AbortSignal,
): Promise<Partial<CheckReport['abilities']> | undefined> {
  const found = await api.find(`/projects/${encodeURIComponent(project)}`, signal);
  const id = found === undefined ? undefined : numberIn(found, 'project_id');
  if (id === undefined) return undefined;
  const scope = encodeURIComponent(`/project/${id}`);
  const permissions = await api.findList(`/users/current/permissions?scope=${scope}&relative=true`, signal);
  if (permissions === undefined) return undefined;
  const pairs = new Set(permissions.map((one) => `${textIn(one, 'resource')}:${textIn(one, 'action')}`));
  const may = (...wanted: readonly string[]): 'yes' | 'no' => (wanted.every((pair) => pairs.has(pair)) ? 'yes' : 'no');
  return { pull: may('repository:pull'), push: may('repository:push'), delete: may('artifact:delete') };
}

function remarksOn(info: JsonObject | undefined, health: JsonObject | undefined): readonly string[] {
  const version = info === undefined ? undefined : textIn(info, 'harbor_version');
  const ill =
    health === undefined ? [] : objectsIn(health, 'components').filter((one) => textIn(one, 'status') !== 'healthy');
  return [
    ...(version === undefined ? [] : [`Harbor ${version}.`]),
    ...(info?.['read_only'] === true ? ['It is read-only just now: nothing can be pushed or deleted.'] : []),
    ...(ill.length === 0
      ? []
      : [`It says that a part of it is not well: ${ill.map((one) => textIn(one, 'name')).join(', ')}.`]),
  ];
}

function isDisabled(robot: JsonObject | undefined): boolean {
  return robot?.['disable'] === true;
}
