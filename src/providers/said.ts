import type { UpstreamAnswer } from '../egress/upstream-http.ts';
import { isJsonObject } from '../oci/json-object.ts';

/** Of what a registry says, in a message of ours. */
const MAX_CHARACTERS = 300;
/** Shorter secrets would take ordinary words away. */
const LEAST_SECRET_CHARACTERS = 4;

/**
 * What looks like a secret, whoever said it: keys, schemes of `Authorization`, JSON web tokens, tokens with a known
 * beginning. What a part of it begins with and then gives up on is short, or in no other match: the registry says on what
 * this is tried.
 */
const SECRETS =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*-----|$)|\b(?:basic|bearer|token)\s+[\w.~+/=-]{8,}|\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}|\b(?:gh[oprsu]_|github_pat_|dckr_[op]at_|glpat-|gldt-|AKIA|ASIA)[\w-]{8,}/gi;

/** The short message in the body of an answer, as the APIs of registries write it; empty: there is none. */
export function saidIn(answer: Pick<UpstreamAnswer, 'headers' | 'body'>, secrets: readonly string[]): string {
  return withoutSecrets(messageIn(answer), secrets)
    .slice(0, MAX_CHARACTERS)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
}

/** Whether a person's browser was meant. */
export function isPage({ headers, body }: Pick<UpstreamAnswer, 'headers' | 'body'>): boolean {
  const type = headers.get('content-type') ?? '';
  const beginning = new TextDecoder().decode(body.subarray(0, 100));
  return /^(?:text\/html|application\/xhtml)/i.test(type) || /^\s*<(?:!doctype|html)/i.test(beginning);
}

function messageIn(answer: Pick<UpstreamAnswer, 'headers' | 'body'>): string {
  const text = new TextDecoder().decode(answer.body.subarray(0, 64 * 1024));
  const document = parsed(text);
  if (document !== undefined) return messageOf(document);
  return /^text\/plain/i.test(answer.headers.get('content-type') ?? '') && !isPage(answer) ? text : '';
}

/** OCI, Harbor, Quay, AWS, Google, OAuth and GitHub each have a place of their own for it. */
function messageOf(document: unknown): string {
  if (!isJsonObject(document)) return '';
  const { errors, error } = document;
  if (Array.isArray(errors)) return messageOf((errors as readonly unknown[]).find(isJsonObject));
  if (isJsonObject(error)) return messageOf(error);
  const words = [document['code'] ?? error, document['message'] ?? document['detail'] ?? document['error_description']];
  return words.filter((word) => typeof word === 'string' && word !== '').join(': ');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** With `***` in place of secrets, these and whatever looks like one. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const named = secrets.filter((secret) => secret.length >= LEAST_SECRET_CHARACTERS);
  const forms = named.flatMap(formsOfSecret);
  return forms.reduce((rest, secret) => rest.replaceAll(secret, '***'), text).replace(SECRETS, '***');
}

/** A secret as it may come back: as it is, and as it travels in URLs, in forms and in JSON. */
export function formsOfSecret(secret: string): readonly string[] {
  const inUrl = encodeURIComponent(secret);
  const inForm = new URLSearchParams({ '': secret }).toString().slice(1);
  const inJson = JSON.stringify(secret).slice(1, -1);
  const inHtml = secret
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
  const escaped = [inUrl, inForm].map((form) => form.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()));
  return [...new Set([secret, inUrl, inForm, inJson, inHtml, ...escaped])];
}
