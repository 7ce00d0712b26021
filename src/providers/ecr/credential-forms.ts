import type { CredentialField, CredentialForm, ProviderTarget } from '../provider.ts';
import { readTemporaryKey } from './aws-credentials.ts';

const ROLE: readonly CredentialField[] = [
  {
    name: 'role',
    isRequired: false,
    description:
      'The ARN of a role that is assumed with these credentials, such as arn:aws:iam::123456789012:role/registry.',
  },
  { name: 'externalId', isRequired: false, description: 'What the owner of the role wants to hear, where they do.' },
];

const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;

export interface FormOptions {
  /** The rights that listing, pulling and cleaning up take, a sentence. */
  readonly leastRights: string;
  readonly link: string;
}

export const AMBIENT_DENIED =
  'The operator does not let this project use the identity of the machine that Havre runs on: registries.ambientAws names the projects that may.';

/** How one proves to AWS who one is. The same for the private registries and the public one. */
export function awsForms({ leastRights, link }: FormOptions): readonly CredentialForm[] {
  const help = { leastRights, link };
  const accessKey: CredentialForm = {
    name: 'access-key',
    username: 'asked',
    fields: ROLE,
    help: {
      ...help,
      where:
        'The username is the access key ID, the secret is the secret access key: IAM, Users, Security credentials.',
    },
  };
  const temporaryKey: CredentialForm = {
    name: 'temporary-key',
    username: { always: 'AWS' },
    fields: ROLE,
    help: {
      ...help,
      where:
        'The secret is what "aws configure export-credentials" or "aws sts get-session-token" prints, as it is. It ends by itself, after some hours.',
    },
  };
  const ambient: CredentialForm = {
    name: 'ambient',
    hasSecret: false,
    username: { always: 'AWS' },
    fields: ROLE,
    help: {
      ...help,
      where:
        "There is no secret: Havre logs in as the machine that it runs on, by its environment, its pod's, its container's or its instance's role, where the operator lets the project do so (registries.ambientAws).",
    },
  };
  return [accessKey, temporaryKey, ambient];
}

/** What is wrong with credentials, before AWS is asked. */
export function problemsOfCredentials(
  target: ProviderTarget,
): readonly { readonly field: string; readonly message: string }[] {
  const { form, username, secret, fields } = target;
  const problems: { field: string; message: string }[] = [];
  if (form === 'access-key') {
    if (!/^[A-Z0-9]{16,128}$/.test(username)) {
      problems.push({ field: 'username', message: 'An access key ID has capital letters and digits, such as AKIA….' });
    }
    if (secret === '') problems.push({ field: 'secret', message: 'The secret access key is missing.' });
  } else if (form === 'temporary-key') {
    if (readTemporaryKey(secret) === undefined) {
      problems.push({ field: 'secret', message: 'This is not what "aws configure export-credentials" prints.' });
    }
  } else if (form !== 'ambient') {
    problems.push({ field: 'form', message: 'The forms are access-key, temporary-key and ambient.' });
  } else if (target.isAmbientAllowed !== true) {
    problems.push({ field: 'form', message: AMBIENT_DENIED });
  } else if (secret !== '') {
    problems.push({ field: 'secret', message: 'There is no secret to this: the machine says who it is.' });
  }
  const role = fields['role'] ?? '';
  if (role !== '' && !ROLE_ARN.test(role)) {
    problems.push({ field: 'role', message: 'The ARN of a role looks like arn:aws:iam::123456789012:role/name.' });
  }
  return problems;
}
