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
  /** Whether the operator lets connections use the machine's own identity. */
  readonly hasAmbient: boolean;
}

/** How one proves to AWS who one is. The same for the private registries and the public one. */
export function awsForms({ leastRights, link, hasAmbient }: FormOptions): readonly CredentialForm[] {
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
    username: { always: 'AWS' },
    fields: ROLE,
    help: {
      ...help,
      where:
        "There is no secret: the identity of the machine is used, by its environment, its pod's or its instance's role.",
    },
  };
  return hasAmbient ? [accessKey, temporaryKey, ambient] : [accessKey, temporaryKey];
}

/** What is wrong with credentials, before AWS is asked. */
export function problemsOfCredentials(
  target: ProviderTarget,
  hasAmbient: boolean,
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
  } else if (!hasAmbient) {
    problems.push({
      field: 'form',
      message: 'The operator does not let connections use the identity of this machine.',
    });
  }
  const role = fields['role'] ?? '';
  if (role !== '' && !ROLE_ARN.test(role)) {
    problems.push({ field: 'role', message: 'The ARN of a role looks like arn:aws:iam::123456789012:role/name.' });
  }
  return problems;
}
