import { isDeepStrictEqual } from 'node:util';
import type { Kind, Provider } from '../providers/provider.ts';
import { parseRegistryUrl, RegistryUrlError, type RegistryUrl } from '../providers/registry-url.ts';
import type { Opening } from './accounts.ts';
import { kindOf } from './check-input.ts';
import { ConnectionInvalidError } from './connection-errors.ts';
import type { ConnectionInput } from './connection-input.ts';
import type { StoredConnection } from './stored.ts';

/** A connection as somebody would have to fill it in. */
export function inputOf({ row, kind, url, settings }: StoredConnection, opened: Opening): ConnectionInput {
  const { isPlainHttp, form, fields, isAutomatic, usableSince: _, isAmbient: __, ...others } = settings;
  return {
    ...others,
    name: row.name,
    kind,
    url: `${isPlainHttp ? 'http' : 'https'}://${url.text}`,
    form,
    username: row.username,
    secret: opened.secret,
    clientKey: opened.clientKey,
    fields,
    isAutomatic,
  };
}

/** With what is given in the place of what was. Where another registry is named, its kind is found out anew. */
export function changedInput(
  input: ConnectionInput,
  changes: Partial<ConnectionInput>,
  providers: readonly Provider[],
): ConnectionInput {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const kept = changes.clientCertificate === '' ? { ...input, clientKey: '' } : input;
  const changed: ConnectionInput = { ...kept, ...Object.fromEntries(given) };
  const url = readUrl(changed.url);
  if (url === undefined) return changed;
  const isElsewhere = url.host !== readUrl(input.url)?.host;
  const kind = changes.kind ?? (isElsewhere ? kindOf(undefined, url, providers) : input.kind);
  if (kind === undefined || kind === input.kind) return changed;
  // The forms of one kind are none of another.
  const { form: _form, ...rest } = changed;
  return { ...rest, kind, fields: changes.fields ?? {}, ...(changes.form !== undefined && { form: changes.form }) };
}

/**
 * A secret that is kept here is sent to where it was given for, and nowhere else: whoever may change a connection may
 * not learn it by that.
 *
 * @throws {ConnectionInvalidError} it has to be given again.
 */
export function refuseElsewhere(
  { row, kind, url, settings }: StoredConnection,
  wanted: { readonly kind: Kind; readonly url: RegistryUrl; readonly settings: StoredConnection['settings'] },
  changes: Partial<ConnectionInput>,
): void {
  if (row.secret === null || changes.secret !== undefined) return;
  const moved = [
    ...(wanted.url.host !== url.host || wanted.url.scheme !== url.scheme ? ['the URL'] : []),
    ...(wanted.kind !== kind ? ['the kind'] : []),
    ...(wanted.settings.form !== settings.form ? ['the way to log in'] : []),
    ...(isDeepStrictEqual(wanted.settings.fields, settings.fields) ? [] : ['its fields']),
    // Whoever signs certificates may be whoever else is on the way.
    ...(wanted.settings.authorities === settings.authorities ? [] : ['the list of certificate authorities']),
  ];
  if (moved.length === 0) return;
  const message = `Give the secret again: it was given for ${url.scheme}://${url.host} as it was, and what is changed (${moved.join(', ')}) decides who gets it.`;
  throw new ConnectionInvalidError([{ field: 'secret', message }]);
}

function readUrl(text: string): RegistryUrl | undefined {
  try {
    return parseRegistryUrl(text);
  } catch (error) {
    if (error instanceof RegistryUrlError) return undefined; // check-input.ts says so
    throw error;
  }
}
