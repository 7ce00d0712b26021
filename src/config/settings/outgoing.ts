import type { SettingTree } from '../setting.ts';
import { egressTarget } from '../network-kinds.ts';
import { base64Key, command, count, flag, list, path, secret } from '../value-kinds.ts';

/** What we call because somebody who may configure it said so. */
export const egress = {
  allow: {
    kind: list(egressTarget, 'networks and hosts such as 10.0.0.0/8 or hooks.lan:8080'),
    default: '',
    description:
      'What may be called besides the public network and besides https: networks (`10.1.0.0/16`), hosts by name whatever private address they have (`hooks.lan`), or on a port of their own (`hooks.lan:25`). With `webhooks=` before it, it is for webhooks alone. Link-local addresses, where clouds keep their metadata, only by naming the network.',
  },
  authorities: {
    kind: path,
    description: 'A PEM file of certificate authorities to believe, besides the usual ones, in what is called.',
  },
} as const satisfies SettingTree;

export const secrets = {
  key: {
    kind: base64Key(32),
    description:
      'The key by which secrets that must be said again to others (of webhooks, of other registries) are encrypted in the database: 32 bytes in base64, as `openssl rand -base64 32` prints them. Without it, one is made when it is first needed, in `secrets.key` of the data folder. With PostgreSQL it must be set, on all nodes the same. A backup does not hold it: keep it elsewhere.',
  },
  previousKeys: {
    kind: secret,
    description:
      'Keys that `secrets.key` replaces, separated by commas: what they encrypted can still be read, until `havre secrets rotate-key` has encrypted it anew.',
  },
  keyCommand: {
    kind: command,
    description:
      'A command that prints the key instead, such as `vault kv get -field=key secret/havre`; more lines are previous keys. It runs once, when the key is first needed, without a shell (its words are separated by spaces), and has 15 seconds.',
  },
} as const satisfies SettingTree;

export const webhooks = {
  enabled: {
    kind: flag,
    default: 'true',
    description:
      'Whether this node sends events to webhooks. Otherwise they wait: for a copy of an installation, which must not tell what the original tells.',
  },
  keepDays: {
    kind: count('days', { min: 1, max: 3650 }),
    default: '7',
    description: 'How long it is kept what was sent to webhooks, and what they answered.',
  },
  keepDeliveries: {
    kind: count('deliveries', { min: 0, max: 10_000_000 }),
    default: '10000',
    description: 'How many of them are kept for each webhook at most, besides those that wait to be sent.',
  },
  disableAfterDays: {
    kind: count('days', { min: 0, max: 3650 }),
    default: '5',
    description: 'A webhook to which nothing could be delivered for so long is disabled. 0 is never.',
  },
} as const satisfies SettingTree;
