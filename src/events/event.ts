import type { SealedRow } from '../metadata/audit-rows.ts';

/** Something that happened, as it is kept until everybody was told: JSON of this is what a delivery holds. */
export interface RegistryEvent {
  /** A UUID: the same for all webhooks, all attempts, and whenever it is sent again. */
  readonly id: string;
  /** What an audit log calls the action: `manifest.pushed`, `tag.moved`. */
  readonly type: string;
  /** RFC 3339. */
  readonly time: string;
  /** Its place in the audit log, which grows without gaps; absent: it has none there. */
  readonly sequence?: number;
  readonly repository?: string;
  readonly digest?: string;
  readonly tag?: string;
  /** The rest, by type. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly actor: { readonly kind: string; readonly name: string };
  readonly request: EventRequest;
}

/** The request by which it came about; empty for work of our own. */
export interface EventRequest {
  readonly id?: string;
  /** Of the client. */
  readonly address?: string;
  /** Its `User-Agent`. */
  readonly client?: string;
  readonly method?: string;
}

/**
 * What an audit log tells of; `undefined` for what was refused or failed: nothing happened. A failure is told where its
 * name says that it is one.
 */
export function eventOf(row: SealedRow): RegistryEvent | undefined {
  const isNamed = row.outcome === 'failed' && row.action.endsWith('-failed');
  if (row.outcome !== 'done' && !isNamed) return undefined;
  return {
    id: uuidFrom(row.hash),
    type: row.action,
    time: new Date(row.at).toISOString(),
    sequence: row.sequence,
    ...(row.repository !== null && { repository: row.repository }),
    ...(row.digest !== null && { digest: row.digest }),
    ...(row.tag !== null && { tag: row.tag }),
    details: row.details === null ? {} : (JSON.parse(row.details) as RegistryEvent['details']), // an object, by audit.ts
    actor: { kind: row.principalKind, name: row.principalName },
    request: {
      ...(row.requestId !== null && { id: row.requestId }),
      ...(row.source !== null && { address: row.source }),
      ...(row.client !== null && { client: row.client }),
    },
  };
}

export function readEvent(json: string): RegistryEvent {
  return JSON.parse(json) as RegistryEvent; // written by us, from one
}

/** The media type of the manifest that it is about, where that is known. */
export function mediaTypeOf({ details }: RegistryEvent): string | undefined {
  return textOf(details['mediaType']);
}

/** The tags by which a manifest was pushed, or the one tag it is about. */
export function tagsOf({ tag, details }: RegistryEvent): readonly string[] {
  if (tag !== undefined) return [tag];
  const tags = details['tags'];
  return Array.isArray(tags) ? tags.filter((name) => typeof name === 'string') : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/**
 * A UUID of version 8 (RFC 9562 §5.8) out of a hash: one that can be made again when an event is told again, also to
 * webhooks that did not exist when it happened.
 *
 * @param hash hex digits, 32 of them at least.
 */
export function uuidFrom(hash: string): string {
  const variant = ((Number.parseInt(hash.charAt(16), 16) & 0x3) | 0x8).toString(16);
  const groups = [hash.slice(0, 8), hash.slice(8, 12), `8${hash.slice(13, 16)}`, `${variant}${hash.slice(17, 20)}`];
  return [...groups, hash.slice(20, 32)].join('-');
}
