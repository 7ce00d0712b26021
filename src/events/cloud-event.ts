import { tagsOf, type RegistryEvent } from './event.ts';
import { manifestUrl, type Sender } from './sender.ts';

export const CLOUD_EVENT_MEDIA_TYPE = 'application/cloudevents+json; charset=utf-8';

const TYPE_PREFIX = 'io.havre.registry.';

/** Numbers that are compared as text, as the `sequence` extension has them, in order for ever. */
const SEQUENCE_DIGITS = 20;

/**
 * An event in the JSON format of CloudEvents 1.0.2, structured mode. Context attributes hold no objects and no empty
 * texts; whoever wants more looks into `data`.
 *
 * @see cloudevents/spec, json-format.md §3; extensions/sequence.md
 */
export function cloudEvent(event: RegistryEvent, sender: Sender): object {
  const { repository, digest, tag, sequence } = event;
  const [firstTag] = tagsOf(event);
  const url = repository === undefined || digest === undefined ? undefined : manifestUrl(sender, repository, digest);
  const subject = subjectOf(event);
  return {
    specversion: '1.0',
    id: event.id,
    source: `/registries/${sender.registryId}`,
    type: `${TYPE_PREFIX}${event.type}`,
    ...(subject !== undefined && { subject }),
    time: event.time,
    datacontenttype: 'application/json',
    ...(sequence !== undefined && { sequence: String(sequence).padStart(SEQUENCE_DIGITS, '0') }),
    ...(firstTag !== undefined && { tag: firstTag }),
    data: {
      ...event.details,
      ...(repository !== undefined && { repository }),
      ...(digest !== undefined && { digest }),
      ...(tag !== undefined && { tag }),
      ...(url !== undefined && !event.type.startsWith('blob.') && { url }),
      ...(sequence !== undefined && { sequence }),
      actor: event.actor,
      request: event.request,
    },
  };
}

/** `team/app@sha256:…`, `team/app:v1` or `team/app`. */
function subjectOf({ repository, digest, tag }: RegistryEvent): string | undefined {
  if (repository === undefined) return undefined;
  if (digest !== undefined) return `${repository}@${digest}`;
  return tag === undefined ? repository : `${repository}:${tag}`;
}
