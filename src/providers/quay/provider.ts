import { OciAccount } from '../oci/oci-account.ts';
import type { Provider, ProviderTarget } from '../provider.ts';
import { QUAY_DELETION, QuayAccount } from './account.ts';

/** Quay at its own place, and wherever somebody says that a registry is one: its API is beside its registry. */
export const quay: Provider = {
  kind: 'quay',
  title: 'Quay',
  forms: [
    {
      name: 'robot',
      username: 'asked',
      fields: [],
      help: {
        where: 'On Quay: the organization, or your account settings, Robot accounts. The username is like team+robot.',
        leastRights:
          'Read on the repositories to pull, Write to push. A robot cannot call the API: for sizes, dates and cleaning up use an OAuth token.',
        link: 'https://quay.io/organization/',
      },
    },
    {
      name: 'oauth-token',
      username: { always: '$oauthtoken' },
      fields: [],
      help: {
        where: 'On Quay: the organization, Applications, an application of yours, Generate token.',
        leastRights: 'repo:read to list and pull, repo:write to push and to clean up.',
      },
    },
    {
      name: 'password',
      username: 'asked',
      fields: [],
      help: {
        where: 'On Quay: your account settings, Generate encrypted password. It is that of docker login.',
        leastRights: 'It may do everything that the account may: a robot is the better choice.',
      },
    },
  ],
  recognises: ({ host }) => host === 'quay.io',
  problemsOf,
  open: (target, tools) => {
    const username = target.form === 'oauth-token' ? '$oauthtoken' : target.username;
    const login = target.secret === '' ? undefined : { username, password: target.secret };
    const registry = new OciAccount({
      url: target.url,
      login: async () => await Promise.resolve(login),
      ...(target.form === 'oauth-token' && { deletion: QUAY_DELETION }),
      tools,
    });
    return target.form === 'oauth-token' ? new QuayAccount({ target, tools, registry }) : registry;
  },
};

function problemsOf({ form, username, secret, url }: ProviderTarget) {
  const problems: { field: string; message: string }[] = [];
  if (form === 'robot' && secret !== '' && !/^[^+]+\+[^+]+$/.test(username)) {
    problems.push({ field: 'username', message: 'The name of a robot is that of its owner and its own: team+robot.' });
  }
  if (form === 'password' && secret !== '' && username === '') {
    problems.push({ field: 'username', message: 'Give the name of the account.' });
  }
  if (form === 'oauth-token' && url.path === '') {
    problems.push({ field: 'url', message: 'Name the organization behind the host: quay.io/organization.' });
  }
  return problems;
}
