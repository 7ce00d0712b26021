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
  const byId = registries.filter(({ id }) => id === meant);
  const byUrl = registries.filter(({ url }) => url === meant);
  const byPlace = byUrl.length > 0 ? byUrl : registries.filter(({ host }) => host === meant);
  // A name may be the host of somebody else's: then it does not say which.
  const [found, ...others] =
    byId.length > 0 ? byId : registries.filter((one) => one.name === meant || byPlace.includes(one));
  if (found === undefined) {
    throw new CliError(`There is no registry ${meant} to log in to. These are: havre registries list`);
  }
  if (others.length === 0) return found;
  const ids = [found, ...others].map(({ id, name, project }) => `${id} (${name} of ${project})`);
  throw new CliError(`${meant} may be any of ${ids.join(', ')}: say which by its id.`);
}
