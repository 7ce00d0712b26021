import { EgressDeniedError } from '../egress/egress-error.ts';
import type { Egress } from '../egress/egress.ts';
import { parseRepositoryPattern, PatternInvalidError } from '../oci/repository-pattern.ts';
import { isSecretStrong } from './signature.ts';
import { EVENT_FILTER } from './wanted.ts';
import { WebhookInvalidError } from './webhook-error.ts';

/** What somebody wants a webhook to be; headers in the clear. */
export interface WantedWebhook {
  readonly name: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly repositories: readonly string[];
  readonly ignoredMediaTypes: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

const NAME = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/i;
const MEDIA_TYPE = /^[\w.+-]+\/[\w.+-]+$/;

/** RFC 9110 §5.6.2 and §5.5, without line breaks and what else could end a header. */
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]{1,100}$/;
const HEADER_VALUE = /^[\x20-\x7e]{0,4096}$/;

/** What we say ourselves, or what carries the message. */
const OWN_HEADERS =
  /^(?:host|connection|content-.*|transfer-encoding|te|trailer|upgrade|expect|keep-alive|proxy-.*|webhook-.*|x-signature-256|x-timestamp|x-delivery-id|accept-encoding)$/i;

/** @throws {WebhookInvalidError} */
export function checkWebhook(wanted: WantedWebhook, egress: Pick<Egress, 'check'>): void {
  const { name, url, events, repositories, ignoredMediaTypes, headers } = wanted;
  if (!NAME.test(name)) {
    refuse(
      'The name of a webhook has letters, digits and . _ -, at most 64, and begins and ends with a letter or digit.',
    );
  }
  checkUrl(url, egress);
  for (const filter of events) {
    if (!EVENT_FILTER.test(filter)) {
      refuse(`"${filter}" is no type of events: write manifest.pushed, tag.*, *, push, pull, mount or delete.`);
    }
  }
  for (const pattern of repositories) checkPattern(pattern);
  for (const type of ignoredMediaTypes) if (!MEDIA_TYPE.test(type)) refuse(`"${type}" is no media type.`);
  for (const [header, value] of Object.entries(headers)) checkHeader(header, value);
}

/** @throws {WebhookInvalidError} */
export function checkSecret(secret: string): void {
  if (isSecretStrong(secret)) return;
  refuse(
    'A secret is whsec_ and 24 to 64 bytes in base64, or a text of 24 to 256 characters. Without one, one is made.',
  );
}

function checkUrl(url: string, egress: Pick<Egress, 'check'>): void {
  try {
    egress.check(url);
  } catch (error) {
    if (!(error instanceof EgressDeniedError)) throw error;
    throw new WebhookInvalidError(error.message, { cause: error });
  }
}

function checkPattern(pattern: string): void {
  try {
    parseRepositoryPattern(pattern);
  } catch (error) {
    if (!(error instanceof PatternInvalidError)) throw error;
    throw new WebhookInvalidError(error.message, { cause: error });
  }
}

function checkHeader(header: string, value: string): void {
  if (!HEADER_NAME.test(header)) refuse('The name of a header has letters, digits and hyphens.');
  if (OWN_HEADERS.test(header)) refuse(`The header ${header} is not for others to set.`);
  // Not as it was written: it may be a password.
  if (!HEADER_VALUE.test(value)) refuse(`The value of the header ${header} must be printable ASCII on one line.`);
}

function refuse(message: string): never {
  throw new WebhookInvalidError(message);
}
