import type { SettingTree } from '../setting.ts';
import { choice, count, path, secret, text } from '../value-kinds.ts';

export const auth = {
  username: {
    kind: text('a name without spaces, colons or control characters', /^[^\s:\p{C}]{1,128}$/u),
    default: 'admin',
    description: 'The name of the administrator.',
    registry: { name: 'REGISTRY_USERNAME' },
  },
  password: {
    kind: secret,
    description:
      'The password of the administrator. Changing it here and restarting takes effect. Without one, the first start makes one and prints it once.',
    registry: { name: 'REGISTRY_PASSWORD' },
  },
  htpasswdPath: {
    kind: path,
    description:
      'A file of users as `htpasswd -Bbn user password` writes them, with bcrypt only. It is read again when it changes.',
    registry: { name: 'REGISTRY_AUTH_HTPASSWD_PATH' },
  },
  realm: {
    kind: text('printable ASCII text', /^[\x20-\x7e]+$/),
    default: 'Havre',
    description: 'The name of the registry in the question for a password.',
    registry: { name: 'REGISTRY_AUTH_HTPASSWD_REALM' },
  },
  challenge: {
    kind: choice(['auto', 'basic', 'bearer']),
    default: 'auto',
    description:
      'How a client without credentials is asked for them. `auto` is Basic, or Bearer as soon as something is granted to everybody: Docker asks for nothing anonymously unless told of tokens. Both are accepted whatever is said here.',
  },
  tokenSeconds: {
    kind: count('seconds', { min: 60, max: 86_400 }),
    default: '300',
    description: 'How long a token of `/token` is good for. Clients take less than 60 for 60.',
  },
  rememberSeconds: {
    kind: count('seconds', { min: 0, max: 86_400 }),
    default: '300',
    description:
      'How long a verified password is remembered, by a keyed hash in memory, so that a pull does not pay for bcrypt at each request. A password changed or revoked here stops at once all the same. 0 remembers nothing.',
  },
  accountFailures: {
    kind: count('failures', { min: 1, max: 1000 }),
    default: '5',
    description: 'Wrong passwords for one account, from one source, after which that source has to wait.',
  },
  sourceFailures: {
    kind: count('failures', { min: 1, max: 100_000 }),
    default: '30',
    description: 'Wrong passwords of one source, whatever the account, after which it has to wait.',
  },
  longestWaitSeconds: {
    kind: count('seconds', { min: 1, max: 86_400 }),
    default: '300',
    description: 'The wait begins at one second and doubles with each failure, up to here.',
  },
} as const satisfies SettingTree;
