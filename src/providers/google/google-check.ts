import type { CheckReport } from '../account.ts';
import { repositoryIn } from '../names.ts';
import { ProviderError } from '../provider-error.ts';
import { PermissionsAnswer } from './google-answers.ts';
import { type GoogleApi, GoogleError } from './google-api.ts';
import { type GoogleHost, googlePlaceOf } from './google-place.ts';
import type { GoogleRepositories } from './google-repositories.ts';

interface Checked {
  readonly api: GoogleApi;
  readonly host: GoogleHost;
  readonly project: string;
  readonly repositories: GoogleRepositories;
  readonly email: string | undefined;
  readonly repository: string | undefined;
}

const PERMISSIONS = {
  list: 'artifactregistry.versions.list',
  pull: 'artifactregistry.repositories.downloadArtifacts',
  push: 'artifactregistry.repositories.uploadArtifacts',
  delete: 'artifactregistry.versions.delete',
} as const;

/** Google refuses what is signed with a time that is off by minutes; somebody should know before. */
const NOTABLE_SKEW_SECONDS = 60;

/** What the credentials may do in a repository: Google tells when it is asked. */
export async function checkGoogle(checked: Checked, signal: AbortSignal): Promise<CheckReport> {
  const { api, email } = checked;
  const found = await repositoryOf(checked, signal);
  const tested = found === undefined ? undefined : await rightsIn(checked, found, signal);
  const skew = api.clockSkewSeconds;
  return {
    abilities: tested?.abilities ?? { list: 'yes', pull: 'unknown', push: 'unknown', delete: 'unknown' },
    remarks: [
      ...(skew !== undefined && Math.abs(skew) > NOTABLE_SKEW_SECONDS
        ? [`The clock of this machine is ${Math.abs(skew)} s off that of Google.`]
        : []),
      ...(found === undefined ? ['The project has no repository of images there: rights were not looked at.'] : []),
      ...(tested?.isMissing === true ? [`There is no repository ${found?.id}: rights were not looked at.`] : []),
    ],
    ...(email !== undefined && { account: email }),
    ...(skew !== undefined && { clockSkewSeconds: skew }),
  };
}

interface Found {
  readonly project: string;
  readonly id: string;
}

/** The one that was named, or the first that there is. */
async function repositoryOf(
  { repository, host, project, repositories }: Checked,
  signal: AbortSignal,
): Promise<Found | undefined> {
  if (repository !== undefined) repositoryIn(repository);
  const place = repository === undefined ? undefined : googlePlaceOf(repository, host);
  if (place?.repository !== undefined) return { project: place.project, id: place.repository };
  const [id] = await repositories.ids(signal);
  return id === undefined ? undefined : { project, id };
}

async function rightsIn(
  { api, repositories }: Checked,
  { project, id }: Found,
  signal: AbortSignal,
): Promise<{ readonly abilities: CheckReport['abilities']; readonly isMissing: boolean }> {
  const path = `${repositories.pathOf(id, project)}:testIamPermissions`;
  const body = { permissions: Object.values(PERMISSIONS) };
  const request = { method: 'POST', path, body, output: PermissionsAnswer, what: 'asking for rights' } as const;
  try {
    const { permissions } = await api.call(request, signal);
    const may = (name: keyof typeof PERMISSIONS): 'yes' | 'no' =>
      permissions.includes(PERMISSIONS[name]) ? 'yes' : 'no';
    if (permissions.length === 0) throw powerless(id);
    const abilities = { list: may('list'), pull: may('pull'), push: may('push'), delete: may('delete') };
    return { abilities, isMissing: false };
  } catch (error) {
    if (!(error instanceof GoogleError) || error.reason !== 'NOT_FOUND') throw error;
    return { abilities: { list: 'unknown', pull: 'unknown', push: 'unknown', delete: 'unknown' }, isMissing: true };
  }
}

function powerless(id: string): ProviderError {
  return new ProviderError(
    'forbidden',
    `Google knows these credentials, and they may do nothing in the repository ${id}, or it does not exist. Give them roles/artifactregistry.reader on it.`,
  );
}
