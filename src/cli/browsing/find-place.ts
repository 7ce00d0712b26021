import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { Registry } from '../../api/registries/contract.ts';
import type { AdminConnection } from '../cli-host.ts';
import { CliError } from '../cli-error.ts';
import type { Invocation } from '../invocation.ts';
import { ProgressLine } from '../progress-line.ts';
import { everyRegistry, namedRegistry } from '../registry-argument.ts';
import { withProjectOption } from '../registry-options.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';
import { connectedPlace } from './connected-place.ts';
import { directPlace } from './direct-place.ts';
import { localPlace } from './local-place.ts';
import { readName, readWithin, type PlaceName } from './name.ts';
import type { Place } from './place.ts';

export interface PlaceOptions extends WhereOptions {
  readonly project?: string;
  readonly direct?: true;
  readonly refresh?: true;
}

export interface ListOptions extends PlaceOptions {
  readonly limit: number;
  readonly all?: true;
  readonly search?: string;
}

export const PLACE_ARGUMENT =
  'team/app of this registry; reg-…/team/app, or the name of a connected registry in its place; or host/team/app of any registry';

export function withPlaceOptions(command: Command): Command {
  withProjectOption(command, 'of registries of that name, the one in this project');
  command
    .option('--direct', 'of a host: ask it from here, as docker login and podman login left it')
    .option('--refresh', 'of a connected registry: ask it, although it answered the same a moment ago');
  return withWhereOptions(command);
}

export function withListOptions(command: Command, defaultLimit: number): Command {
  return command
    .option('--limit <count>', 'how many at most', parseLimit, defaultLimit)
    .option('--all', 'all of them, page by page');
}

/** How many are wanted. */
export function limitOf({ limit, all }: ListOptions): number {
  return all === true ? Number.MAX_SAFE_INTEGER : limit;
}

/** At a terminal, and where no program listens. */
export function progressOf({ host }: Invocation, { json }: WhereOptions): ProgressLine {
  return new ProgressLine(json === true ? undefined : host.stderr);
}

/** Finds what somebody names, and does something with it. What is connected here is asked by Havre, with its login. */
export async function withPlace<Result>(
  invocation: Invocation,
  { text, options }: { readonly text: string; readonly options: PlaceOptions },
  work: (place: Place) => Promise<Result>,
): Promise<Result> {
  const name = readName(text);
  const direct = async (): Promise<Result> =>
    await work(await directPlace(invocation, name, invocation.host.interruption()));
  if (name.host !== undefined && options.direct === true) return await direct();
  let isOpen = false;
  try {
    const done = await withAdmin(invocation, options, async (connection) => {
      isOpen = true;
      const place = await placeAt(connection, name, options);
      return place === undefined ? undefined : { result: await work(place) };
    });
    if (done !== undefined) return done.result;
  } catch (error) {
    // Where there is no Havre, other registries can be looked into all the same.
    if (name.host === undefined || isOpen || options.server !== undefined || !(error instanceof CliError)) throw error;
  }
  return await direct();
}

/** `undefined`: another registry, which is not connected. */
async function placeAt(
  connection: AdminConnection,
  name: PlaceName,
  options: PlaceOptions,
): Promise<Place | undefined> {
  const { host, head, rest, text } = name;
  const refresh = options.refresh === true;
  const project = options.project === undefined ? {} : { project: options.project };
  if (host !== undefined) {
    const registry = onHost(await everyRegistry(connection, { search: host, ...project }), host, rest);
    return registry && connectedPlace(connection, registry, { ...readWithin(rest), refresh });
  }
  const isId = /^reg-[0-9a-z]+$/.test(head);
  const isNamed =
    isId || (head !== '' && (await everyRegistry(connection, { search: head, ...project })).some(isCalled(head)));
  if (!isNamed) return localPlace(connection, readWithin(text));
  const registry = await namedRegistry(connection, head, project);
  return connectedPlace(connection, registry, { ...readWithin(rest), refresh });
}

function isCalled(wanted: string): (registry: Registry) => boolean {
  return ({ name }) => name === wanted;
}

/**
 * Of several on one host, the one whose path the name begins with, and the longest of these. Those with a login come
 * first, and of several projects the one that had such a login first: who adds another later takes nothing over.
 */
function onHost(registries: readonly Registry[], host: string, rest: string): Registry | undefined {
  const pathOf = ({ url }: Registry): string => url.split('/').slice(1).join('/');
  const fitting = registries
    .filter(({ url }) => url.split('/')[0] === host)
    .filter((one) => rest === '' || `${rest}/`.startsWith(pathOf(one) === '' ? '' : `${pathOf(one)}/`))
    .toSorted((a, b) => Number(b.logsIn) - Number(a.logsIn) || compare(a.usableSince, b.usableSince));
  return fitting
    .filter(({ project, logsIn }) => project === fitting[0]?.project && logsIn === fitting[0].logsIn)
    .toSorted((a, b) => pathOf(b).length - pathOf(a).length)[0];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit >= 1) return limit;
  throw new InvalidArgumentError('It must be a number from 1.');
}
