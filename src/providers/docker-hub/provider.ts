import type { Provider, ProviderTarget } from '../provider.ts';
import { DockerHubAccount } from './account.ts';
import type { DockerHubPlaces } from './hub-session.ts';

export const dockerHub = dockerHubAt({
  api: 'https://hub.docker.com',
  registry: 'https://registry-1.docker.io',
  auth: 'https://auth.docker.io',
});

export function dockerHubAt(places: DockerHubPlaces): Provider {
  return {
    kind: 'docker-hub',
    title: 'Docker Hub',
    forms: [
      {
        name: 'access-token',
        username: 'asked',
        fields: [],
        help: {
          where:
            'On Docker Hub: Account settings, Personal access tokens, Generate new token. The username is your Docker ID.',
          leastRights: '“Read-only” to list and pull, “Read & Write” to push, “Read, Write, Delete” to clean up.',
          link: 'https://app.docker.com/settings/personal-access-tokens',
        },
      },
      {
        name: 'organization-token',
        username: 'asked',
        fields: [],
        help: {
          where:
            'On Docker Home: the organization, Admin Console, Access tokens; owners of the organization make them. The username is the name of the organization.',
          leastRights:
            'Only the repositories that are needed, each with “Image Pull”, and “Image Push” where it is pushed.',
          link: 'https://app.docker.com/admin',
        },
      },
      {
        name: 'password',
        username: 'asked',
        fields: [],
        help: {
          where: 'The password of the Docker ID. It does not work for accounts with two-factor authentication.',
          leastRights: 'A password may do everything that its account may: an access token is the better choice.',
        },
      },
    ],
    recognises: ({ host }) => host === 'docker.io',
    // What docker login has always written, and the only key that Kubernetes finds Docker Hub's credentials under.
    problemsOf,
    open: (target, tools) => new DockerHubAccount({ target, tools, places }),
  };
}

function problemsOf({ form, username, secret, url }: ProviderTarget): readonly { field: string; message: string }[] {
  const problems: { field: string; message: string }[] = [];
  if (secret !== '' && username === '') {
    problems.push({ field: 'username', message: 'Give the Docker ID, or the name of the organization.' });
  }
  if (username.includes('@')) {
    problems.push({ field: 'username', message: 'Give the Docker ID, not the e-mail address.' });
  }
  if (form === 'access-token' && secret.startsWith('dckr_oat_')) {
    problems.push({ field: 'form', message: 'This is a token of an organization: choose that, and give its name.' });
  }
  if (form === 'organization-token' && secret.startsWith('dckr_pat_')) {
    problems.push({ field: 'form', message: 'This is a personal access token: choose that, and give the Docker ID.' });
  }
  if (url.path.includes('/')) {
    problems.push({ field: 'url', message: 'Behind docker.io stands one name at most: docker.io/organization.' });
  }
  return problems;
}
