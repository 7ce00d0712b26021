import { OciAccount } from '../oci/oci-account.ts';
import type { CredentialField, Provider, ProviderTarget } from '../provider.ts';
import type { RegistryUrl } from '../registry-url.ts';
import { GITLAB_DELETION, GitlabAccount } from './account.ts';
import { RENEWAL_FIELD } from './minting.ts';

export interface GitlabPlaces {
  /** Where GitLab itself is, for a registry. */
  readonly api: (url: RegistryUrl) => string;
}

const API_FIELD: CredentialField = {
  name: 'gitlab',
  isRequired: false,
  description:
    'Where GitLab itself is, such as https://gitlab.example.org: only where it has another host than its registry.',
};

const RENEWAL: CredentialField = {
  name: RENEWAL_FIELD,
  isRequired: false,
  description:
    'in-place: Havre may have the token rotate itself (scope self_rotate or api); the old one ends at once, for ' +
    'everybody who has it. Default: it is replaced by hand.',
};

/** On its own hosts, the registry of GitLab has another port (5050) than its pages; gitlab.com has another host. */
export const gitlab = gitlabAt({
  api: ({ host, hostname, scheme }) =>
    host === 'registry.gitlab.com' ? 'https://gitlab.com' : `${scheme}://${hostname}`,
});

export function gitlabAt(places: GitlabPlaces): Provider {
  return {
    kind: 'gitlab',
    title: 'GitLab',
    forms: [
      {
        name: 'access-token',
        username: 'asked',
        fields: [API_FIELD, RENEWAL],
        help: {
          where:
            'In GitLab: the project or group, Settings, Access tokens; or your own preferences, Access tokens. The username is yours, and of a project or group token any.',
          leastRights:
            'read_registry to pull, write_registry to push, read_api to list; api, with the role Developer, to clean up.',
          link: 'https://gitlab.com/-/user_settings/personal_access_tokens',
        },
      },
      {
        name: 'deploy-token',
        username: 'asked',
        fields: [API_FIELD],
        help: {
          where:
            'In GitLab: the project or group, Settings, Repository, Deploy tokens. GitLab shows the username with it.',
          leastRights: 'read_registry to pull, write_registry to push. It cannot list what is there, nor clean up.',
        },
      },
      {
        name: 'job-token',
        username: { always: 'gitlab-ci-token' },
        fields: [API_FIELD],
        help: {
          where: 'In a pipeline: CI_JOB_TOKEN. It ends with its job, so it is of use for a test only.',
          leastRights: 'What the person may who started the pipeline.',
        },
        lifeSeconds: 3600,
      },
    ],
    recognises: ({ host }) => host === 'registry.gitlab.com',
    problemsOf,
    open: (target, tools) => {
      const { url, form } = target;
      const api = (target.fields['gitlab'] ?? '') === '' ? places.api(url) : trimmed(target.fields['gitlab'] ?? '');
      const username = form === 'job-token' ? 'gitlab-ci-token' : target.username;
      const login = target.secret === '' ? undefined : { username, password: target.secret };
      const registry = new OciAccount({
        url,
        login: async () => await Promise.resolve(login),
        // Named by whoever owns the connection, or the same host with another port.
        trustedRealms: [new URL(api).hostname],
        hasCatalog: false,
        deletion: GITLAB_DELETION,
        tools,
      });
      return form === 'access-token' ? new GitlabAccount({ target, tools, api, registry }) : registry;
    },
  };
}

function problemsOf({ form, username, secret, fields, url }: ProviderTarget) {
  const problems: { field: string; message: string }[] = [];
  if (form !== 'job-token' && secret !== '' && username === '') {
    problems.push({
      field: 'username',
      message: 'Give a username; GitLab shows that of a deploy token with the token.',
    });
  }
  if (form !== 'deploy-token' && secret.startsWith('gldt-')) {
    problems.push({ field: 'form', message: 'This is a deploy token: choose that.' });
  }
  if (form === 'deploy-token' && secret.startsWith('glpat-')) {
    problems.push({ field: 'form', message: 'This is an access token: choose that.' });
  }
  const { gitlab: place = '', [RENEWAL_FIELD]: renewal = '' } = fields;
  if (renewal !== '' && (renewal !== 'in-place' || form !== 'access-token')) {
    problems.push({ field: RENEWAL_FIELD, message: 'Say in-place, of an access token, or nothing.' });
  }
  if (place !== '' && !(URL.canParse(place) && /^https?:/.test(place))) {
    problems.push({ field: 'gitlab', message: 'Write where GitLab is as a URL, such as https://gitlab.example.org.' });
  }
  if (place === '' && url.hostname.startsWith('registry.') && url.host !== 'registry.gitlab.com') {
    problems.push({ field: 'gitlab', message: 'Write where GitLab itself is, such as https://gitlab.example.org.' });
  }
  return problems;
}

function trimmed(url: string): string {
  return url.replace(/\/+$/, '');
}
