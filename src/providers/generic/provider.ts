import type { DeletionRules } from '../account.ts';
import { OCI_DELETION, OciAccount } from '../oci/oci-account.ts';
import { staticLogin } from '../oci/static-login.ts';
import type { Provider, ProviderTarget } from '../provider.ts';

/** What `docker login` writes as a name where the secret is a refresh token. */
const IDENTITY_TOKEN_NAME = '<token>';
const TAG_DELETIONS = ['native', 'dummy', 'no'] as const;

const TAG_DELETION = {
  name: 'tag-deletion',
  isRequired: false,
  description:
    'How a tag is deleted alone: native (default) as the specification says; dummy by pushing something else under it and ' +
    'deleting that, for Docker’s registry 2; no for never.',
};

/** Any registry of which nothing more is known: Docker’s own, zot, Gitea, Nexus, Artifactory, Havre. */
export const generic: Provider = {
  kind: 'generic',
  title: 'OCI registry',
  forms: [
    {
      name: 'password',
      username: 'asked',
      fields: [TAG_DELETION],
      help: {
        where: 'Whoever runs the registry gives it; it is what docker login asks for.',
        leastRights: 'Pulling from the repositories that are needed; pushing and deleting only where that is wanted.',
      },
    },
    {
      name: 'identity-token',
      username: { always: IDENTITY_TOKEN_NAME },
      fields: [TAG_DELETION],
      help: {
        where: 'In the configuration of Docker, as identitytoken, after docker login at a registry that gives such.',
        leastRights: 'Those of whom it was given to.',
      },
    },
  ],
  // Everything that is nothing else.
  recognises: () => false,
  problemsOf,
  open: (target, tools) =>
    new OciAccount({
      url: target.url,
      login: staticLogin(loginOf(target)),
      deletion: deletionOf(target),
      triesDeletion: true,
      tools,
    }),
};

function loginOf(target: ProviderTarget): Pick<ProviderTarget, 'username' | 'secret'> {
  return target.form === 'identity-token' ? { username: IDENTITY_TOKEN_NAME, secret: target.secret } : target;
}

function deletionOf({ fields }: ProviderTarget): DeletionRules {
  const tag = TAG_DELETIONS.find((name) => name === fields[TAG_DELETION.name]);
  return tag === undefined ? OCI_DELETION : { ...OCI_DELETION, tag };
}

function problemsOf({ form, username, secret, fields }: ProviderTarget): ReturnType<Provider['problemsOf']> {
  const deletion = fields[TAG_DELETION.name] ?? '';
  return [
    ...(form === 'password' ? problemsOfPassword({ username, secret }) : []),
    ...(deletion === '' || TAG_DELETIONS.some((name) => name === deletion)
      ? []
      : [{ field: TAG_DELETION.name, message: `Say one of ${TAG_DELETIONS.join(', ')}.` }]),
  ];
}

/** What no registry can be told by a name and a password. */
export function problemsOfPassword({
  username,
  secret,
}: Pick<ProviderTarget, 'username' | 'secret'>): ReturnType<Provider['problemsOf']> {
  if (username === '' && secret !== '') return [{ field: 'username', message: 'Say whose secret it is.' }];
  if (username !== '' && secret === '')
    return [{ field: 'secret', message: 'Give the secret, or no username either.' }];
  // RFC 7617 §2
  return username.includes(':') ? [{ field: 'username', message: 'A username has no colon in it.' }] : [];
}
