import type { SettingTree } from '../setting.ts';
import { origin } from '../network-kinds.ts';
import { project } from '../project-kinds.ts';
import { choice, count, list, path, secret, text } from '../value-kinds.ts';

const username = text('a name of at most 128 characters, none of them a colon', /^[^:\p{Cc}]{1,128}$/u);

export const auth = {
  username: {
    kind: username,
    default: 'admin',
    description: 'The name of the administrator. Given only together with the password.',
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
  htpasswdActions: {
    kind: list(choice(['pull', 'push', 'delete', 'admin']), 'actions'),
    default: 'pull,push,delete',
    description: 'What each user of that file may do in every repository, without further grants.',
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
  refreshSeconds: {
    kind: count('seconds', { min: 3600, max: 31_536_000 }),
    default: '7776000',
    description: 'How long `docker login` lasts where it keeps a refresh token instead of the password.',
  },
  rememberSeconds: {
    kind: count('seconds', { min: 0, max: 86_400 }),
    default: '300',
    description:
      'How long a verified password is remembered, by a keyed hash in memory, so that a pull does not pay for bcrypt at each request. A password changed or revoked here stops at once all the same. 0 remembers nothing.',
  },
  sessionSeconds: {
    kind: count('seconds', { min: 300, max: 31_536_000 }),
    default: '604800',
    description: 'How long a login of a browser lasts at most, however much it is used.',
  },
  sessionIdleSeconds: {
    kind: count('seconds', { min: 300, max: 31_536_000 }),
    default: '86400',
    description: 'How long a login of a browser lasts that is not used.',
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

/** Not of the server: what `havre` uses to govern another one. */
export const remote = {
  server: {
    kind: origin,
    description:
      'The running server that `havre user`, `token`, `grant` and the like govern, instead of the installation in the data folder. The command line says it with `--server`.',
  },
  username: {
    kind: username,
    description: 'The administrator as whom to do so.',
  },
  password: {
    kind: secret,
    description: 'The password of that administrator, or a token.',
  },
  project: {
    kind: project,
    description:
      'Whose registries `havre docker-config` and docker-credential-havre mean. Without it, of all that one may use; where several projects have one of the same host, the oldest.',
  },
} as const satisfies SettingTree;
