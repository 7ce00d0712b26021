import type { Identity } from '../../auth/identity.ts';
import type { Connection } from '../../connections/connection.ts';
import type { ConnectionInput } from '../../connections/connection-input.ts';
import type { Connections } from '../../connections/connections.ts';
import type { Provider } from '../../providers/provider.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import { accessibleConnection, requireInProject } from './access.ts';
import {
  addRegistry,
  applyRegistry,
  changeRegistry,
  listRegistries,
  listRegistryChecks,
  listRegistryKinds,
  listUpstreams,
  removeRegistry,
  showRegistry,
  testRegistry,
  tryRegistry,
  tryRegistryChange,
  type Registry,
} from './contract.ts';
import { applyConnection } from './apply-connection.ts';
import { connectionInput, registryUrl } from './registry-input.ts';
import { checkReply, gaugeReply, kindReply, registryReply, testReply } from './registry-reply.ts';

export interface RegistryParts {
  readonly connections: Pick<Connections, keyof Connections>;
  /** Every kind that is known. */
  readonly providers: readonly Provider[];
  readonly now: () => Date;
}

export function registryEndpoints(parts: RegistryParts): readonly Endpoint[] {
  return [...managing(parts), ...applying(parts), ...testing(parts), ...about(parts)];
}

function managing({ connections, now }: RegistryParts): readonly Endpoint[] {
  const reply = (connection: Connection, identity: Identity): { registry: Registry } => ({
    registry: registryReply(connection, identity, now()),
  });
  return [
    endpoint(listRegistries, async ({ limit, after = '', project, kind, state, search }, { identity }) => {
      // Where a page begins tells nothing of registries that may not be seen.
      if (after !== '') await accessibleConnection(connections, after, 'registries:read', identity);
      const filter = {
        projects: (name: string) => identity.allowsInProject('registries:read', name),
        ...(project !== undefined && { project }),
        ...(kind !== undefined && { kind }),
        ...(state !== undefined && { state }),
        ...(search !== undefined && { search }),
      };
      const found = await connections.list(filter, { after, limit: limit + 1 });
      const page = found.slice(0, limit);
      return {
        registries: page.map((connection) => registryReply(connection, identity, now())),
        next: found.length > limit ? (page.at(-1)?.id ?? null) : null,
      };
    }),
    endpoint(addRegistry, async ({ project, ...said }, { identity, actor }) => {
      requireInProject('registries:manage', project, identity);
      const input = { ...connectionInput(said), name: said.name, url: said.url };
      return reply(await connections.add(project, input, actor), identity);
    }),
    endpoint(showRegistry, async ({ id }, { identity }) =>
      reply(await accessibleConnection(connections, id, 'registries:read', identity), identity),
    ),
    endpoint(changeRegistry, async ({ id, ...said }, { identity, actor }) => {
      await accessibleConnection(connections, id, 'registries:manage', identity);
      return reply(await connections.change(id, connectionInput(said), actor), identity);
    }),
    endpoint(removeRegistry, async ({ id }, { identity, actor }) => {
      await accessibleConnection(connections, id, 'registries:manage', identity);
      await connections.remove(id, actor);
      return { id };
    }),
  ];
}

function applying({ connections, now }: RegistryParts): readonly Endpoint[] {
  return [
    endpoint(applyRegistry, async ({ project, dryRun, ...said }, { identity, actor }) => {
      requireInProject('registries:manage', project, identity);
      const input = { ...connectionInput(said), name: said.name, url: said.url };
      const applied = await applyConnection(connections, { project, input, dryRun }, actor);
      const { result, changes, connection } = applied;
      const registry = connection === undefined ? null : registryReply(connection, identity, now());
      return { result, changes: [...changes], registry };
    }),
  ];
}

function testing({ connections, now }: RegistryParts): readonly Endpoint[] {
  return [
    endpoint(testRegistry, async ({ id }, { identity, actor, signal }) => {
      await accessibleConnection(connections, id, 'registries:use', identity);
      const tested = await connections.test(id, actor, signal);
      return { registry: registryReply(tested.connection, identity, now()), test: testReply(tested) };
    }),
    endpoint(tryRegistry, async ({ project, ...said }, { identity, actor, signal }) => {
      requireInProject('registries:manage', project, identity);
      const input: ConnectionInput = { ...connectionInput(said), name: said.name ?? 'new', url: said.url };
      return { test: testReply(await connections.tryOut(project, input, actor, signal)) };
    }),
    endpoint(tryRegistryChange, async ({ id, ...said }, { identity, actor, signal }) => {
      await accessibleConnection(connections, id, 'registries:manage', identity);
      return { test: testReply(await connections.tryChange(id, connectionInput(said), actor, signal)) };
    }),
    endpoint(listRegistryChecks, async ({ id, limit, after }, { identity }) => {
      await accessibleConnection(connections, id, 'registries:read', identity);
      const before = after === undefined ? undefined : Number(after);
      const found = await connections.checks(id, {
        before: Number.isSafeInteger(before) ? before : undefined,
        limit: limit + 1,
      });
      const page = found.slice(0, limit);
      const last = page.at(-1);
      const isMore = found.length > limit && last !== undefined;
      return { checks: page.map(checkReply), next: isMore ? String(last.at.getTime()) : null };
    }),
  ];
}

/** What is the same for all. */
function about({ connections, providers }: RegistryParts): readonly Endpoint[] {
  return [
    endpoint(listRegistryKinds, async ({ url }) => {
      const wanted = url === undefined ? undefined : registryUrl(url);
      const recognising = wanted && providers.find((provider) => provider.recognises(wanted));
      const detected = wanted === undefined ? null : (recognising?.kind ?? 'generic');
      return { kinds: providers.map(kindReply), detected };
    }),
    endpoint(listUpstreams, async () => ({ upstreams: connections.gauges().map(gaugeReply) })),
  ];
}
