import { InvalidArgumentError, Option, type Command } from 'commander';
import { kind as kindSchema, type Registry } from '../api/registries/contract.ts';
import { parseExpiry, type Expiry } from './expiry.ts';
import type { Invocation } from './invocation.ts';
import { readText } from './remote-login.ts';

type Kind = Registry['kind'];

/** What may be said of a registry, whether it is added or changed; its secret apart. */
export interface RegistryOptions {
  readonly kind?: Kind;
  readonly region?: string;
  readonly form?: string;
  readonly username?: string;
  readonly field?: readonly (readonly [string, string])[];
  readonly authorities?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly testRepository?: string;
  readonly expires?: Expiry;
  readonly rotateAfterDays?: number;
  readonly automatic?: boolean;
}

export const DEFAULT_PROJECT = 'default';

export function withProjectOption(command: Command, what: string): Command {
  return command.option('--project <project>', what);
}

export function withRegistryOptions(command: Command, invocation: Invocation): Command {
  return command
    .option('-u, --username <name>', 'who we are there')
    .addOption(new Option('--kind <kind>', 'what it is (default: what its URL tells)').choices(kindSchema.options))
    .option('--region <region>', 'where it is: GRA')
    .option('--form <form>', 'how to log in: havre registries kinds has the ways of each kind')
    .option<(readonly [string, string])[]>(
      '--field <name=value>',
      'what that way asks for besides; can be said several times',
      (text, earlier) => [...(earlier ?? []), parseField(text)],
    )
    .option('--authorities <file>', 'believe the certificate authorities in this PEM file too')
    .option('--client-certificate <file>', 'show the certificate in this PEM file')
    .option('--client-key <file>', 'its key')
    .option('--test-repository <repository>', 'try rights on this repository')
    .option('--expires <when>', 'when the secret ends: 90d, 2026-12-31, never', (text) =>
      parseExpiry(text, invocation.host.now()),
    )
    .option('--rotate-after-days <days>', 'remind when the secret is older; 0: never', parseDays)
    .option('--automatic', 'replace the secret without anybody’s doing, where the registry’s API can')
    .option('--no-automatic', 'do not');
}

/** As the API takes it, with the files read. */
export async function registryFieldsOf(options: RegistryOptions): Promise<{
  kind?: Kind | undefined;
  region?: string | undefined;
  form?: string | undefined;
  username?: string | undefined;
  fields?: Record<string, string> | undefined;
  authorities?: string | undefined;
  clientCertificate?: string | undefined;
  clientKey?: string | undefined;
  testRepository?: string | undefined;
  expiresAt?: string | null | undefined;
  rotateAfterDays?: number | undefined;
  isAutomatic?: boolean | undefined;
}> {
  const { kind, region, form, username, field, testRepository, rotateAfterDays, automatic } = options;
  return {
    kind,
    region,
    form,
    username,
    testRepository,
    rotateAfterDays,
    isAutomatic: automatic,
    fields: field === undefined ? undefined : Object.fromEntries(field),
    authorities: await textOf(options.authorities),
    clientCertificate: await textOf(options.clientCertificate),
    clientKey: await textOf(options.clientKey),
    expiresAt: options.expires === 'never' ? null : options.expires?.toISOString(),
  };
}

/** An empty name takes away what was there. */
async function textOf(file: string | undefined): Promise<string | undefined> {
  return file === undefined || file === '' ? file : readText(file);
}

function parseField(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be like tenant=contoso.');
  return [text.slice(0, at), text.slice(at + 1)];
}

function parseDays(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('It must be a number of days.');
  return Number(text);
}
