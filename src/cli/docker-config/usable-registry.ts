import { listUsableRegistries, type UsableRegistry } from '../../api/credentials/contract.ts';
import { ask } from '../admin-client.ts';
import type { AdminConnection } from '../cli-host.ts';
import { CliError } from '../cli-error.ts';

/**
 * The registry that somebody means by its id, its name or its URL.
 *
 * @throws {CliError} there is none, or there are several.
 */
export async function usableRegistry(connection: AdminConnection, meant: string): Promise<UsableRegistry> {
  const { registries } = await ask(connection, listUsableRegistries, {});
  return pick(registries, meant);
}

/** As {@link usableRegistry}, of those that are known already. */
export function pick(registries: readonly UsableRegistry[], meant: string): UsableRegistry {
  const byWhat = [
    registries.filter(({ id }) => id === meant),
    registries.filter(({ name }) => name === meant),
    registries.filter(({ url }) => url === meant),
    registries.filter(({ host }) => host === meant),
  ];
  const [found, ...others] = byWhat.find((some) => some.length > 0) ?? [];
  if (found === undefined) {
    throw new CliError(`There is no registry ${meant} to log in to. These are: havre registries list`);
  }
  if (others.length === 0) return found;
  const ids = [found, ...others].map(({ id, name, project }) => `${id} (${name} of ${project})`);
  throw new CliError(`${meant} may be any of ${ids.join(', ')}: say which by its id.`);
}
