import { listRegistries, showRegistry, type Registry } from '../api/registries/contract.ts';
import { ask } from './admin-client.ts';
import { CliError, UsageError } from './cli-error.ts';
import type { AdminConnection } from './cli-host.ts';
import { everyPage } from './every-page.ts';

export const REGISTRY_ARGUMENT = 'its id (reg-…), or its name';

/**
 * The registry that somebody means by its id or name.
 *
 * @throws {CliError} there is none.
 * @throws {UsageError} there are several of that name.
 */
export async function namedRegistry(
  connection: AdminConnection,
  text: string,
  { project }: { readonly project?: string },
): Promise<Registry> {
  if (/^reg-[0-9a-z]+$/.test(text)) return (await ask(connection, showRegistry, { id: text })).registry;
  const found = (await everyRegistry(connection, { search: text, ...(project !== undefined && { project }) })).filter(
    ({ name }) => name === text,
  );
  const [one, another] = found;
  if (another !== undefined) {
    const ids = found.map(({ id, project: of }) => `${id} (project ${of})`).join(', ');
    throw new UsageError(`Several projects have a registry "${text}": ${ids}. Say an id, or --project.`);
  }
  if (one !== undefined) return one;
  throw new CliError(`There is no registry "${text}" that you may see. See: havre registries list`);
}

export function everyRegistry(
  connection: AdminConnection,
  filter: {
    readonly project?: string;
    readonly search?: string;
    readonly kind?: Registry['kind'];
    readonly state?: Registry['health']['state'];
  },
): Promise<readonly Registry[]> {
  return everyPage(
    (page) => ask(connection, listRegistries, { ...page, ...filter }),
    (page) => page.registries,
  );
}
