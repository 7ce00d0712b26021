import type { Provider, ProviderTarget } from '../provider.ts';
import { GhcrAccount } from './account.ts';
import type { GhcrPlaces } from './ghcr-session.ts';

export const ghcr = ghcrAt({ api: 'https://api.github.com', registry: 'https://ghcr.io' });

export function ghcrAt(places: GhcrPlaces): Provider {
  return {
    kind: 'ghcr',
    title: 'GitHub Container Registry',
    forms: [
      {
        name: 'access-token',
        username: 'asked',
        fields: [],
        help: {
          where:
            'On GitHub: Settings, Developer settings, Personal access tokens, Tokens (classic). Fine-grained tokens are not taken. Where the organization has single sign-on, authorize the token for it.',
          leastRights: 'read:packages to list and pull, write:packages to push, delete:packages to clean up.',
          link: 'https://github.com/settings/tokens/new?scopes=read:packages',
        },
      },
      {
        name: 'workflow-token',
        username: 'asked',
        fields: [],
        help: {
          where: 'In a workflow: secrets.GITHUB_TOKEN. It ends with its job, so it is of use for a test only.',
          leastRights: 'In the workflow, permissions: packages: read, or write to push.',
        },
        lifeSeconds: 24 * 3600,
      },
    ],
    recognises: ({ host }) => host === 'ghcr.io',
    problemsOf,
    open: (target, tools) => new GhcrAccount({ target, tools, places }),
  };
}

function problemsOf({ form, username, secret, url }: ProviderTarget): readonly { field: string; message: string }[] {
  const problems: { field: string; message: string }[] = [];
  if (secret.startsWith('github_pat_')) {
    problems.push({
      field: 'secret',
      message:
        'GitHub does not take fine-grained tokens for packages: make a classic one, with the scope read:packages.',
    });
  }
  if (form === 'access-token' && secret.startsWith('ghs_')) {
    problems.push({ field: 'form', message: 'This is the token of a workflow, which ends with its job.' });
  }
  if (secret !== '' && username === '') {
    problems.push({ field: 'username', message: 'Give the name of the GitHub account that the token is of.' });
  }
  const [owner = ''] = url.path.split('/');
  if (owner !== owner.toLowerCase()) {
    problems.push({ field: 'url', message: `Write the owner in lower case: ghcr.io/${owner.toLowerCase()}.` });
  }
  return problems;
}
