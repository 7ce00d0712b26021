import type { Identity } from '../../auth/identity.ts';
import type { Connection } from '../../connections/connection.ts';
import type { Connections } from '../../connections/connections.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import { accessibleConnection } from '../registries/access.ts';
import { registryReply, testReply } from '../registries/registry-reply.ts';
import {
  cancelRegistryRotation,
  confirmRegistrySecret,
  mintRegistrySecret,
  showRegistryRotation,
  stageRegistrySecret,
  switchRegistrySecret,
} from './contract.ts';

export interface RotationParts {
  readonly connections: Pick<Connections, keyof Connections>;
  readonly now: () => Date;
}

export function rotationEndpoints({ connections, now }: RotationParts): readonly Endpoint[] {
  const manageable = (id: string, identity: Identity): Promise<Connection> =>
    accessibleConnection(connections, id, 'registries:manage', identity);
  return [
    endpoint(showRegistryRotation, async ({ id }, { identity }) => {
      await manageable(id, identity);
      return { canMint: await connections.canMint(id) };
    }),
    endpoint(stageRegistrySecret, async ({ id, secret, username, expiresAt }, { identity, actor, signal }) => {
      await manageable(id, identity);
      const wanted = {
        secret,
        ...(username !== undefined && { username }),
        ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }),
      };
      const staged = await connections.stageSecret(id, wanted, actor, signal);
      return { registry: registryReply(staged.connection, identity, now()), test: testReply(staged) };
    }),
    endpoint(switchRegistrySecret, async ({ id }, { identity, actor }) => {
      await manageable(id, identity);
      return { registry: registryReply(await connections.switchSecret(id, actor), identity, now()) };
    }),
    endpoint(confirmRegistrySecret, async ({ id }, { identity, actor, signal }) => {
      await manageable(id, identity);
      return { registry: registryReply(await connections.confirmSecret(id, actor, signal), identity, now()) };
    }),
    endpoint(cancelRegistryRotation, async ({ id }, { identity, actor }) => {
      await manageable(id, identity);
      return { registry: registryReply(await connections.cancelRotation(id, actor), identity, now()) };
    }),
    endpoint(mintRegistrySecret, async ({ id }, { identity, actor, signal }) => {
      await manageable(id, identity);
      return { registry: registryReply(await connections.mintSecret(id, actor, signal), identity, now()) };
    }),
  ];
}
