import { network } from '../network-kinds.ts';
import { Secret } from '../secret.ts';
import type { Kind, SettingTree } from '../setting.ts';
import { choice, count, list, size } from '../value-kinds.ts';

const postgresUrl: Kind<Secret> = {
  expects: 'postgres://user:password@host:5432/database',
  yaml: 'text',
  isSecret: true,
  read: (text) => (/^postgres(?:ql)?:\/\/./.test(text) && URL.canParse(text) ? new Secret(text) : undefined),
};

export const database = {
  url: {
    kind: postgresUrl,
    description:
      'The PostgreSQL database that keeps the facts, for more than one node: `postgres://user:password@host:5432/name`, with `?sslmode=verify-full&sslrootcert=FILE` for TLS that is checked. Without it, they are in SQLite, in the data folder.',
  },
  poolSize: {
    kind: count('connections', { min: 2, max: 1000 }),
    default: '16',
    description: 'How many connections each node opens to PostgreSQL at most.',
  },
  connectTimeoutSeconds: {
    kind: count('seconds', { min: 1, max: 300 }),
    default: '5',
    description: 'How long a connection to PostgreSQL may take to be made.',
  },
  statementTimeoutSeconds: {
    kind: count('seconds', { min: 1, max: 3600 }),
    default: '30',
    description:
      'How long PostgreSQL may work on one statement, and how long a node waits for an answer before it takes the connection for dead.',
  },
  slowQueryMilliseconds: {
    kind: count('milliseconds', { min: 0, max: 3_600_000 }),
    default: '1000',
    description: 'A statement that takes longer is written to the log, without its values. 0 writes none.',
  },
} as const satisfies SettingTree;

export const redirect = {
  mode: {
    kind: choice(['off', 'on', 'networks']),
    default: 'off',
    description:
      'Whether a client that pulls a blob is sent to S3 for it, by a URL that is good for a while: the bytes then do not pass through this server. `networks`: only clients of `redirect.networks`, because only they reach the bucket.',
  },
  networks: {
    kind: list(network, 'networks such as 10.0.0.0/8'),
    default: '',
    description: 'The clients that reach the bucket, for `redirect.mode: networks`.',
  },
  seconds: {
    kind: count('seconds', { min: 60, max: 86_400 }),
    default: '1200',
    description: 'How long such a URL is good for. A download that began in time goes on.',
  },
} as const satisfies SettingTree;

export const scrub = {
  intervalDays: {
    kind: count('days', { min: 0, max: 3650 }),
    default: '30',
    description:
      'In so many days everything stored is read once, in the background, and compared with its digest. 0 is never. What is wrong is in the log and in the metrics; `havre verify` says more.',
  },
  bytesPerSecond: {
    kind: size({ min: 65_536 }),
    default: '20MiB',
    description: 'How fast it reads at most.',
  },
} as const satisfies SettingTree;
