import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import { isJsonObject, type JsonObject } from '../../oci/json-object.ts';
import { nextTarget } from '../../oci/link.ts';
import { saidIn } from '../said.ts';

/** The JSON object that bytes are; `undefined`: they are none. */
export function objectIn(bytes: Uint8Array): JsonObject | undefined {
  try {
    const document: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isJsonObject(document) ? document : undefined;
  } catch {
    return undefined;
  }
}

/** The first code of an error, such as `DENIED`; empty: there is none. */
export function errorCodeOf({ body }: Pick<UpstreamAnswer, 'body'>): string {
  const errors = objectIn(body)?.['errors'];
  const first = Array.isArray(errors) ? (errors as readonly unknown[]).find(isJsonObject) : undefined;
  const code = first?.['code'];
  return typeof code === 'string' ? code : '';
}

/** `403 DENIED: requested access to the resource is denied`, for a sentence. @param secrets are never in it. */
export function saidBy(answer: UpstreamAnswer, secrets: readonly string[]): string {
  const said = saidIn(answer, secrets).replace(/[.\s]+$/, '');
  return said === '' ? `${answer.status}` : `${answer.status} ${said}`;
}

/** Where the page that follows is, as `Link` names it. */
export function nextOf({ headers, url }: UpstreamAnswer): URL | undefined {
  const target = nextTarget(headers.get('link') ?? '');
  return target !== undefined && URL.canParse(target, url) ? new URL(target, url) : undefined;
}
