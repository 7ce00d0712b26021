import { Command } from 'commander';
import { listUsableRegistries, makeDockerConfig, type UsableRegistry } from '../../api/credentials/contract.ts';
import { ask } from '../admin-client.ts';
import type { AdminConnection } from '../cli-host.ts';
import { CliError, EXIT, UsageError } from '../cli-error.ts';
import { pick } from '../docker-config/usable-registry.ts';
import {
  merged,
  readDockerConfig,
  writeDockerConfig,
  type DockerConfigDocument,
} from '../docker-config/docker-config-file.ts';
import { withSavedLogin } from '../docker-config/saved-login.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions {
  readonly registry?: readonly string[];
  readonly project?: string;
  readonly helper?: true;
  readonly saveLogin?: true;
  readonly write?: string;
  readonly merge?: true;
}

/** A configuration, and what to say about it. */
interface Made {
  readonly document: DockerConfigDocument;
  /** As their users call them. */
  readonly registries: readonly string[];
  readonly leftOut: readonly string[];
  readonly remarks: readonly string[];
}

export function dockerConfig(invocation: Invocation): Command {
  const command = new Command('docker-config')
    .description(
      'Print the configuration with which docker, podman, buildah and skopeo log in to the registries that Havre is connected to. Handing out is written down in the audit log. With --helper there is no secret in it: clients ask docker-credential-havre whenever they need one.',
    )
    .summary("Make docker's configuration for connected registries.")
    .option<string[]>(
      '--registry <registry>',
      'only this one, by id, name or host; can be said several times (default: all that you may use)',
      (text, earlier) => [...(earlier ?? []), text],
    )
    .option(
      '--project <project>',
      'only those of this project (default: of all; where several have one of the same host, the oldest)',
    )
    .option('--helper', 'have clients ask docker-credential-havre')
    .option('--save-login', 'with --helper and --server: keep how to log in there, for docker-credential-havre')
    .option('--write <file>', 'write it to this file, for its owner alone to read, such as ~/.docker/config.json')
    .option('--merge', 'with --write: add to what the file has')
    .action((options: Options) => run(invocation, options));
  return examples(withWhereOptions(command), [
    ['havre docker-config --write ~/.docker/config.json --merge', 'passwords, as they are now'],
    ['havre docker-config --helper --write ~/.docker/config.json --merge', 'always the right ones'],
    ['havre docker-config --registry ghcr --write auth.json', 'for skopeo copy --authfile auth.json'],
  ]);
}

async function run(invocation: Invocation, said: Options): Promise<void> {
  const { project } = invocation.host;
  const options: Options = project === undefined ? said : { project, ...said };
  checkTogether(options);
  const { write, merge } = options;
  const existing = write === undefined ? undefined : await readDockerConfig(write);
  if (existing !== undefined && merge === undefined) {
    throw new CliError(`${write} is there already: --merge adds to what it has.`);
  }
  const make = options.helper === true ? helperConfig : loginConfig;
  const made = await withSavedLogin(invocation, options, (connection) => make(connection, options));
  const { document, remarks } = merged(existing ?? {}, made.document);
  if (write === undefined) invocation.host.stdout.write(`${JSON.stringify(made.document, null, 2)}\n`);
  else {
    await writeDockerConfig(write, document);
    const { registries, leftOut } = made;
    invocation.show(options, { json: { file: write, registries, leftOut }, text: `${write}: ${inWords(registries)}.` });
  }
  if (
    options.helper === true &&
    said.saveLogin === undefined &&
    said.project !== undefined &&
    said.project !== project
  ) {
    invocation.remark(notKnown(said.project));
  }
  for (const remark of [...made.remarks, ...(write === undefined ? [] : remarks)]) invocation.remark(remark);
  for (const sentence of made.leftOut) invocation.remark(`Left out: ${sentence}`);
  if (made.leftOut.length > 0) invocation.exitCode = EXIT.failure;
}

function checkTogether({ write, merge, helper, saveLogin }: Options): void {
  if (merge === true && write === undefined) throw new UsageError('--merge adds to a file: name it with --write.');
  if (saveLogin === true && helper === undefined) {
    throw new UsageError('--save-login is for docker-credential-havre: say --helper, too.');
  }
}

async function loginConfig(connection: AdminConnection, { registry: named, project }: Options): Promise<Made> {
  const ids = named === undefined ? undefined : await idsOf(connection, named, project);
  const made = await ask(connection, makeDockerConfig, { registries: ids, project });
  return {
    document: made.config,
    registries: made.registries.map(({ key }) => key),
    leftOut: made.leftOut.map(({ name, reason }) => `${name}: ${reason}`),
    remarks: made.remarks,
  };
}

async function idsOf(
  connection: AdminConnection,
  named: readonly string[],
  project: string | undefined,
): Promise<string[]> {
  const { registries } = await ask(connection, listUsableRegistries, { project });
  return named.map((meant) => pick(registries, meant).id);
}

async function helperConfig(connection: AdminConnection, { registry: named, project }: Options): Promise<Made> {
  const { registries } = await ask(connection, listUsableRegistries, { project });
  const wanted = named === undefined ? registries : named.map((meant) => pick(registries, meant));
  const hosts = [...new Set(wanted.map(({ host }) => host))].toSorted();
  const keys = hosts.flatMap((host) => (host === 'docker.io' ? [HUB_KEY, host] : [host]));
  return {
    document: { credHelpers: Object.fromEntries(keys.map((key) => [key, 'havre'])) },
    registries: hosts,
    leftOut: [],
    remarks: hosts.flatMap((host) => firstInWords(host, registries)),
  };
}

/** The helper is asked for a host, and knows one login there. */
function firstInWords(host: string, registries: readonly UsableRegistry[]): readonly string[] {
  const there = registries.filter((registry) => registry.host === host);
  const first = there.find(({ key }) => key === host || key === HUB_KEY);
  const others = there.filter((registry) => registry !== first);
  if (first === undefined || others.length === 0) return [];
  const inWords = ({ name, project }: UsableRegistry): string => `${name} of project ${project}`;
  const isChoice = others.some(({ project }) => project !== first.project);
  return [
    `At ${host}, clients log in by ${inWords(first)}, not by ${others.map(inWords).join(', ')}${isChoice ? ': --project says whose is meant' : ''}.`,
  ];
}

function notKnown(project: string): string {
  return `docker-credential-havre does not know of --project ${project}: say HAVRE_REMOTE_PROJECT=${project} where clients run, or --save-login here.`;
}

/** Docker asks for Docker Hub by this name, podman, buildah and skopeo by its host. */
const HUB_KEY = 'https://index.docker.io/v1/';

function inWords(registries: readonly string[]): string {
  if (registries.length === 0) return 'there is no registry to log in to';
  return `${registries.length === 1 ? 'one registry' : `${registries.length} registries`} (${registries.join(', ')})`;
}
