import { isDeepStrictEqual } from 'node:util';
import type { Secrets } from '../encryption/secrets.ts';
import type { ConnectionRow } from '../metadata/connections.ts';
import type { CredentialForm } from '../providers/provider.ts';
import type { WantedConnection } from './check-input.ts';
import { RotationError } from './connection-errors.ts';
import type { ConnectionInput } from './connection-input.ts';
import { clientKeyContext, sealField, secretContext } from './sealed-fields.ts';
import { logsIn, uncheckedHealth, type ConnectionSettings, type StoredConnection } from './stored.ts';

interface Means {
  readonly secrets: Pick<Secrets, 'seal'>;
  readonly now: Date;
}

export interface NewConnection {
  readonly wanted: WantedConnection;
  readonly input: Pick<ConnectionInput, 'expiresAt'>;
  readonly form: CredentialForm | undefined;
  readonly whose: { readonly id: string; readonly project: string; readonly addedBy: string };
}

/** The row of one that nobody has tried yet. */
export async function newRow(
  { wanted, input, form, whose }: NewConnection,
  { secrets, now }: Means,
): Promise<ConnectionRow> {
  const { name, kind, url, username, settings } = wanted;
  const bound = { id: whose.id, kind, url };
  return {
    ...whose,
    ...uncheckedHealth(now),
    name,
    kind,
    url: url.text,
    settings: JSON.stringify(settings),
    username,
    secret: await sealField(secrets, wanted.secret, secretContext(bound)),
    secretSetAt: now.getTime(),
    secretReference: null,
    clientKey: await sealField(secrets, wanted.clientKey, clientKeyContext(bound)),
    rotation: 'none',
    otherSecret: null,
    other: null,
    version: 1,
    ...expiryOf(wanted.secret, input.expiresAt, form, now),
    createdAt: now.getTime(),
    updatedAt: now.getTime(),
  };
}

export interface Changed {
  readonly seen: StoredConnection;
  readonly wanted: WantedConnection;
  readonly changes: Partial<ConnectionInput>;
  readonly form: CredentialForm | undefined;
}

/** What is to be written, and the names of what is different by that. @throws {RotationError} */
export async function changedRow(
  draft: Changed,
  { secrets, now }: Means,
): Promise<{ readonly row: Partial<ConnectionRow>; readonly changed: readonly string[] }> {
  const { seen, wanted, changes, form } = draft;
  const { changed, isUnchecked } = differences(draft);
  const bound = { id: seen.row.id, kind: wanted.kind, url: wanted.url };
  const row: { -readonly [Column in keyof ConnectionRow]?: ConnectionRow[Column] } = {
    name: wanted.name,
    kind: wanted.kind,
    url: wanted.url.text,
    username: wanted.username,
    settings: JSON.stringify({ ...wanted.settings, ...usableSince(draft, now) }),
  };
  if (changed.includes('clientKey')) {
    row.clientKey = await sealField(secrets, wanted.clientKey, clientKeyContext(bound));
  }
  if (changes.secret !== undefined) {
    Object.assign(row, {
      secret: await sealField(secrets, wanted.secret, secretContext(bound)),
      secretSetAt: now.getTime(),
      secretReference: null,
      ...expiryOf(wanted.secret, changes.expiresAt, form, now),
    });
  } else if (changes.expiresAt !== undefined) {
    Object.assign(row, { ...expiryOf('kept', changes.expiresAt, undefined, now), reminded: '[]' });
    row.nextCheckAt = now.getTime();
  }
  if (isUnchecked) Object.assign(row, uncheckedHealth(now));
  return { row, changed };
}

/** Whoever points an old connection at another host, or gives it its first secret, is not the oldest there by that. */
function usableSince({ seen, wanted, changes }: Changed, now: Date): Pick<ConnectionSettings, 'usableSince'> {
  const isElsewhere = wanted.url.host !== seen.url.host;
  const isFirstLogin = !logsIn(seen) && (changes.secret !== undefined || wanted.settings.isAmbient === true);
  if (isElsewhere || isFirstLogin) return { usableSince: now.getTime() };
  return seen.settings.usableSince === undefined ? {} : { usableSince: seen.settings.usableSince };
}

/**
 * The names of what is to be different.
 *
 * @returns isUnchecked: whether it worked before says nothing of whether it works then.
 * @throws {RotationError} not while its secret is being replaced.
 */
export function differences({ seen, wanted, changes }: Omit<Changed, 'form'>): {
  readonly changed: readonly string[];
  readonly isUnchecked: boolean;
} {
  const moved = [
    ...differing({ ...seen.row, ...seen.settings }, { ...wanted, ...wanted.settings, url: wanted.url.text }),
  ];
  if (changes.clientKey !== undefined || changes.clientCertificate === '') moved.push('clientKey');
  const isUnchecked = changes.secret !== undefined || moved.some((name) => !HARMLESS.has(name));
  if (isUnchecked) refuseWhileReplacing(seen);
  const expiry = changes.secret === undefined && changes.expiresAt !== undefined ? ['expiresAt'] : [];
  return { changed: [...moved, ...(changes.secret === undefined ? expiry : ['secret'])], isUnchecked };
}

/** What these are has nothing to do with whether it works. */
const HARMLESS: ReadonlySet<string> = new Set(['name', 'rotateAfterDays', 'isAutomatic', 'testRepository']);

const COMPARED = [
  'name',
  'kind',
  'url',
  'username',
  'isPlainHttp',
  'region',
  'form',
  'fields',
  'authorities',
  'clientCertificate',
  'testRepository',
  'rotateAfterDays',
  'isAutomatic',
] as const;

type Compared = Partial<Readonly<Record<(typeof COMPARED)[number], unknown>>>;

function differing(before: Compared, after: Compared): readonly string[] {
  return COMPARED.filter((name) => !isDeepStrictEqual(before[name], after[name]));
}

function refuseWhileReplacing({ row }: StoredConnection): void {
  if (row.rotation === 'none') return;
  throw new RotationError('Its secret is being replaced in steps just now: confirm or cancel that first.');
}

function expiryOf(
  secret: string,
  wanted: Date | null | undefined,
  form: CredentialForm | undefined,
  now: Date,
): Pick<ConnectionRow, 'expiresAt' | 'expirySource'> {
  if (secret === '' || wanted === null) return { expiresAt: null, expirySource: null };
  if (wanted !== undefined) return { expiresAt: wanted.getTime(), expirySource: 'hand' };
  if (form?.lifeSeconds === undefined) return { expiresAt: null, expirySource: null };
  return { expiresAt: now.getTime() + form.lifeSeconds * 1000, expirySource: 'registry' };
}
