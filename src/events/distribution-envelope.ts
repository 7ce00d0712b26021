import { mediaTypeOf, tagsOf, textOf, uuidFrom, type RegistryEvent } from './event.ts';
import { createHash } from 'node:crypto';
import { hostOf, manifestUrl, type Sender } from './sender.ts';

export const DISTRIBUTION_MEDIA_TYPE = 'application/vnd.docker.distribution.events.v2+json';

type DistributionAction = 'push' | 'pull' | 'mount' | 'delete' | 'ping';

const ACTIONS: ReadonlyMap<string, DistributionAction> = new Map([
  ['manifest.pushed', 'push'],
  ['manifest.restored', 'push'],
  ['tag.restored', 'push'],
  ['tag.created', 'push'],
  ['tag.moved', 'push'],
  ['manifest.pulled', 'pull'],
  ['blob.mounted', 'mount'],
  ['manifest.deleted', 'delete'],
  ['manifest.expired', 'delete'],
  ['tag.deleted', 'delete'],
  ['repository.deleted', 'delete'],
  ['blob.deleted', 'delete'],
  ['webhook.pinged', 'ping'],
]);

const METHODS: Readonly<Record<DistributionAction, string | undefined>> = {
  push: 'PUT',
  pull: 'GET',
  mount: 'POST',
  delete: 'DELETE',
  ping: undefined,
};

/** A tag that is made by a push is told of with the manifest, and one that comes back by restoring by itself. */
const TOLD_OTHERWISE: ReadonlySet<unknown> = new Set(['client', 'import', 'restore']);

/** What distribution calls it; `undefined`: it has no word for it, and its receivers are not told. */
export function distributionAction(event: RegistryEvent): DistributionAction | undefined {
  const isTagSet = event.type === 'tag.created' || event.type === 'tag.moved';
  if (isTagSet && TOLD_OTHERWISE.has(event.details['cause'])) return undefined;
  return ACTIONS.get(event.type);
}

/**
 * The envelope in which distribution's registry tells of events: an event for each tag of a push, else one.
 *
 * @see distribution, docs/about/notifications
 */
export function distributionEnvelope(event: RegistryEvent, sender: Sender): object {
  const action = distributionAction(event);
  const tags = action === 'push' ? tagsOf(event) : [];
  const targets =
    tags.length === 0 ? [targetOf(event, undefined, sender)] : tags.map((tag) => targetOf(event, tag, sender));
  const host = hostOf(sender);
  const { request } = event;
  const method = request.method ?? (action === undefined ? undefined : METHODS[action]);
  return {
    events: targets.map((target, index) => ({
      id: index === 0 ? event.id : uuidFrom(createHash('sha256').update(`${event.id} ${index}`).digest('hex')),
      timestamp: event.time,
      action,
      target,
      request: {
        ...(request.id !== undefined && { id: request.id }),
        ...(request.address !== undefined && { addr: request.address }),
        ...(host !== undefined && { host }),
        ...(method !== undefined && { method }),
        ...(request.client !== undefined && { useragent: request.client }),
      },
      actor: event.actor.name === '' ? {} : { name: event.actor.name },
      source: { addr: sender.node, instanceID: sender.registryId },
    })),
  };
}

/** By event, the fields that distribution fills: a deleted tag has no digest, a deleted manifest no tag. */
function targetOf(event: RegistryEvent, tag: string | undefined, sender: Sender): object {
  const { repository, digest } = event;
  if (repository === undefined) return {};
  if (event.type === 'tag.deleted') return { repository, tag: event.tag };
  if (digest === undefined) return { repository };
  if (distributionAction(event) === 'delete') return { repository, digest };
  if (event.type === 'blob.mounted') return mountedTarget(event);
  const size = event.details['size'];
  const mediaType = mediaTypeOf(event);
  const url = manifestUrl(sender, repository, digest);
  const named = tag ?? event.tag;
  return {
    ...(mediaType !== undefined && { mediaType }),
    digest,
    ...(typeof size === 'number' && { size, length: size }),
    repository,
    ...(url !== undefined && { url }),
    ...(named !== undefined && { tag: named }),
  };
}

function mountedTarget({ repository, digest, details }: RegistryEvent): object {
  const fromRepository = textOf(details['from']);
  return {
    mediaType: 'application/octet-stream',
    digest,
    repository,
    ...(fromRepository !== undefined && { fromRepository }),
  };
}
