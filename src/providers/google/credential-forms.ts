import type { CredentialField, CredentialForm, ProviderTarget } from '../provider.ts';
import { googleHostOf, googlePlaceOf } from './google-place.ts';
import { readServiceAccountKey } from './service-account.ts';

const LEAST_RIGHTS =
  'The role roles/artifactregistry.reader on the repository for listing and pulling, roles/artifactregistry.writer for ' +
  'pushing, roles/artifactregistry.repoAdmin for cleaning up.';
const LINK = 'https://cloud.google.com/artifact-registry/docs/docker/authentication';

const PROJECT: CredentialField = {
  name: 'project',
  isRequired: false,
  description: 'The ID of the project, where the URL does not have it.',
};

export const GOOGLE_FORMS: readonly CredentialForm[] = [
  {
    name: 'service-account',
    username: { always: '_json_key' },
    fields: [PROJECT],
    help: {
      where:
        'The secret is the JSON file of a key, as it was downloaded: IAM & Admin, Service accounts, Keys. An account has ten keys at most.',
      leastRights: LEAST_RIGHTS,
      link: LINK,
    },
  },
  {
    name: 'access-token',
    username: { always: 'oauth2accesstoken' },
    fields: [PROJECT],
    help: {
      where: 'The secret is what "gcloud auth print-access-token" prints. It ends after an hour: it is good for a try.',
      leastRights: LEAST_RIGHTS,
      link: LINK,
    },
    lifeSeconds: 3600,
  },
];

/** Of the URL, else of the field, else of the key; `undefined`: nobody says. */
export function projectOf({ url, form, secret, fields }: ProviderTarget): string | undefined {
  const host = googleHostOf(url);
  const place = host === undefined ? undefined : googlePlaceOf(url.path, host);
  if (place !== undefined) return place.project;
  const field = fields['project'] ?? '';
  if (field !== '') return field;
  const key = form === 'service-account' ? readServiceAccountKey(secret) : undefined;
  return typeof key === 'object' ? key.project : undefined;
}

/** What is wrong with what was filled in, before Google is asked. */
export function problemsOf(target: ProviderTarget): readonly { readonly field: string; readonly message: string }[] {
  const { url, form, secret, fields } = target;
  if (googleHostOf(url) === undefined) {
    return [
      {
        field: 'url',
        message: 'A registry of Google is called like europe-west1-docker.pkg.dev/project, or gcr.io/project.',
      },
    ];
  }
  const problems: { field: string; message: string }[] = [];
  if (!GOOGLE_FORMS.some(({ name }) => name === form)) {
    problems.push({ field: 'form', message: 'The forms are service-account and access-token.' });
  } else if (form === 'service-account') {
    const key = readServiceAccountKey(secret);
    if (typeof key === 'string') problems.push({ field: 'secret', message: key });
  } else if (!/^[\x21-\x7e]+$/.test(secret)) {
    problems.push({
      field: 'secret',
      message: 'The access token is missing, or has something in it that tokens have not.',
    });
  }
  const project = fields['project'] ?? '';
  if (project !== '' && !/^(?:[a-z][a-z0-9.-]*:)?[a-z][a-z0-9-]{4,61}[a-z0-9]$/.test(project)) {
    problems.push({ field: 'project', message: 'The ID of a project has small letters, digits and hyphens.' });
  } else if (problems.length === 0 && projectOf(target) === undefined) {
    problems.push({ field: 'project', message: 'Neither the URL nor the key says which project it is.' });
  }
  return problems;
}
