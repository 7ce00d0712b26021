import { problemsOfPassword } from '../generic/provider.ts';
import type { CredentialForm, Provider, ProviderTarget } from '../provider.ts';
import { HarborAccount, RENEWAL_FIELD, ROBOT_FORM } from './harbor-account.ts';

/** What Harbor puts before the names of robots, unless whoever runs it changed that. */
const ROBOT_PREFIX = 'robot$';

/** Where robots are made, and users have their passwords from, a sentence each. */
export interface HarborPlaces {
  readonly robots: string;
  readonly users: string;
}

export function harborForms({ robots, users }: HarborPlaces): readonly CredentialForm[] {
  return [
    {
      name: ROBOT_FORM,
      username: 'asked',
      fields: [
        {
          name: RENEWAL_FIELD,
          isRequired: false,
          description:
            'How Havre renews it: beside (default) makes another robot, and both work until the old one is deleted; ' +
            'in-place gives the robot a new secret, and the old one ends at once.',
        },
      ],
      help: {
        where: robots,
        leastRights:
          'repository: list and pull; artifact: list and read; tag: list; for pushing repository: push; for cleaning up ' +
          'repository: delete, artifact: delete and tag: delete. To be renewed by Havre: robot: list, read, create and delete.',
        link: 'https://goharbor.io/docs/main/working-with-projects/project-configuration/create-robot-accounts/',
      },
    },
    {
      name: 'password',
      username: 'asked',
      fields: [],
      help: {
        where: users,
        leastRights: 'Guest of the project to pull, Developer to push, Maintainer to clean up.',
        link: 'https://goharbor.io/docs/main/administration/managing-users/',
      },
    },
  ];
}

export const harbor: Provider = {
  kind: 'harbor',
  title: 'Harbor',
  forms: harborForms({
    robots: 'In Harbor: the project, Robot Accounts, New Robot Account. The name begins with robot$.',
    users: 'The name and password of a user; where people log in by OIDC, the CLI secret of the user profile.',
  }),
  // It runs anywhere; this is how nearly everybody who names it calls it.
  recognises: ({ hostname }) => hostname.startsWith('harbor.') || hostname.endsWith('.goharbor.io'),
  problemsOf: problemsOfHarbor,
  open: (target, tools) => new HarborAccount(target, tools),
};

export function problemsOfHarbor(target: ProviderTarget): ReturnType<Provider['problemsOf']> {
  const { form, username, fields } = target;
  const renewal = fields[RENEWAL_FIELD] ?? '';
  const isUser = form === 'password' && username.startsWith(ROBOT_PREFIX);
  return [
    ...problemsOfPassword(target),
    ...(isUser ? [{ field: 'form', message: 'This is the name of a robot: choose that.' }] : []),
    ...(['', 'beside', 'in-place'].includes(renewal)
      ? []
      : [{ field: RENEWAL_FIELD, message: 'Say beside or in-place.' }]),
  ];
}
