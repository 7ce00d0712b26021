import { parseRepositoryPattern } from '../oci/repository-pattern.ts';
import { distributionAction } from './distribution-envelope.ts';
import { mediaTypeOf, type RegistryEvent } from './event.ts';
import type { Webhook, WebhookSettings } from './webhook.ts';

/** What happens to content, but for pulls: those are many. */
const DEFAULT_EVENTS: readonly string[] = ['manifest.*', 'tag.*', 'repository.*', 'blob.*'];

/** Only whoever asks for it by name is told. */
export const PULL_TYPE = 'manifest.pulled';

/** distribution's words for its events. */
const GROUPS: ReadonlySet<string> = new Set(['push', 'pull', 'mount', 'delete']);

/** What may stand in the list of events of a webhook. */
export const EVENT_FILTER = /^(?:push|pull|mount|delete|\*|[a-z-]+\.(?:\*|[a-z-]+))$/;

/** Whether it is to be told of this event. */
export function isWanted({ format, settings }: Pick<Webhook, 'format' | 'settings'>, event: RegistryEvent): boolean {
  if (format === 'distribution' && distributionAction(event) === undefined) return false;
  if (!isTypeWanted(settings, event)) return false;
  const { repositories, ignoredMediaTypes } = settings;
  const mediaType = mediaTypeOf(event);
  if (mediaType !== undefined && ignoredMediaTypes.includes(mediaType)) return false;
  const { repository } = event;
  if (repositories.length === 0) return true;
  return repository !== undefined && repositories.some((text) => parseRepositoryPattern(text).matches(repository));
}

/** Whether it is to be told of pulls, which are only noted when somebody is. */
export function wantsPulls({ settings }: Pick<Webhook, 'settings'>): boolean {
  return settings.events.some((filter) => filter === 'pull' || filter === PULL_TYPE);
}

function isTypeWanted({ events }: WebhookSettings, event: RegistryEvent): boolean {
  const filters = events.length === 0 ? DEFAULT_EVENTS : events;
  return filters.some((filter) => {
    if (GROUPS.has(filter)) return distributionAction(event) === filter;
    if (event.type === PULL_TYPE) return filter === PULL_TYPE;
    return (
      filter === '*' || filter === event.type || (filter.endsWith('.*') && event.type.startsWith(filter.slice(0, -1)))
    );
  });
}
