import type { ConnectionHealthRow, ConnectionRow } from '../metadata/connections.ts';
import type { CheckReport } from '../providers/account.ts';
import type { Kind, ProviderTarget } from '../providers/provider.ts';
import type { Diagnosis } from '../providers/provider-error.ts';
import { parseRegistryUrl, type RegistryUrl } from '../providers/registry-url.ts';
import type { Connection } from './connection.ts';
import { stateAt } from './state.ts';

/** What is stored of a connection as JSON: neither searched for nor secret. */
export interface ConnectionSettings {
  readonly isPlainHttp: boolean;
  readonly region?: string;
  readonly form: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly authorities?: string;
  readonly clientCertificate?: string;
  readonly testRepository?: string;
  /** Absent: as the setting says. */
  readonly rotateAfterDays?: number;
  readonly isAutomatic: boolean;
  /** There is no secret: the machine that Havre runs on is who logs in. */
  readonly isAmbient?: boolean;
  /** As {@link Connection.usableSince}, in milliseconds since the epoch. Absent: since it was added. */
  readonly usableSince?: number;
}

/** What belongs to the secret that is not in use. */
export interface OtherSecret {
  readonly username: string;
  /** Milliseconds since the epoch, as all times here. */
  readonly setAt: number;
  readonly expiresAt: number | null;
  readonly expirySource: 'registry' | 'hand' | null;
  readonly reference: string | null;
  /** When it was found to work; absent: not since it is here. */
  readonly testedAt?: number;
  /** Havre forgets it by itself from then on. */
  readonly retireAt?: number;
  /** It is being ended at the registry. */
  readonly isEnding?: boolean;
}

export interface StoredProblem {
  readonly diagnosis: Diagnosis;
  readonly message: string;
}

/** A connection as it is stored, read; its secrets stay sealed. */
export interface StoredConnection {
  readonly row: ConnectionRow;
  readonly url: RegistryUrl;
  readonly kind: Kind;
  readonly settings: ConnectionSettings;
  readonly other: OtherSecret | undefined;
  readonly problem: StoredProblem | undefined;
  readonly report: CheckReport | undefined;
  readonly reminded: readonly string[];
}

// All JSON here was written by the functions beside these.
export function storedOf(row: ConnectionRow): StoredConnection {
  const settings = JSON.parse(row.settings) as ConnectionSettings;
  return {
    row,
    url: parseRegistryUrl(`${settings.isPlainHttp ? 'http' : 'https'}://${row.url}`),
    kind: row.kind as Kind,
    settings,
    other: row.other === null ? undefined : (JSON.parse(row.other) as OtherSecret),
    problem: row.problem === null ? undefined : (JSON.parse(row.problem) as StoredProblem),
    report: row.report === null ? undefined : readReport(row.report),
    reminded: JSON.parse(row.reminded) as readonly string[],
  };
}

function readReport(json: string): CheckReport {
  const { secretExpiresAt, ...report } = JSON.parse(json) as Omit<CheckReport, 'secretExpiresAt'> & {
    secretExpiresAt?: string;
  };
  return { ...report, ...(secretExpiresAt !== undefined && { secretExpiresAt: new Date(secretExpiresAt) }) };
}

/** Of something that nobody has tried: it is tried at once. */
export function uncheckedHealth(now: Date): Omit<ConnectionHealthRow, 'expiresAt' | 'expirySource'> {
  return {
    state: 'unchecked',
    reminded: '[]',
    checkedAt: null,
    succeededAt: null,
    nextCheckAt: now.getTime(),
    failures: 0,
    problem: null,
    report: null,
  };
}

/** As others see it. */
export function connectionOf(stored: StoredConnection, rotateAfterDays: number, now: Date): Connection {
  const { row, kind, settings, problem, report } = stored;
  return {
    id: row.id,
    project: row.project,
    name: row.name,
    kind,
    url: row.url,
    isPlainHttp: settings.isPlainHttp,
    region: settings.region,
    form: settings.form,
    username: row.username,
    hasSecret: row.secret !== null,
    logsIn: logsIn(stored),
    fields: settings.fields,
    authorities: settings.authorities,
    clientCertificate: settings.clientCertificate,
    testRepository: settings.testRepository,
    addedBy: row.addedBy,
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
    usableSince: new Date(settings.usableSince ?? row.createdAt),
    credential: {
      setAt: new Date(row.secretSetAt),
      expiresAt: dateOf(row.expiresAt),
      expirySource: row.expirySource ?? undefined,
      rotateAfterDays: settings.rotateAfterDays ?? rotateAfterDays,
      rotation: row.rotation,
      isAutomatic: settings.isAutomatic,
    },
    health: {
      state: stateAt(stored, rotateAfterDays, now),
      checkedAt: dateOf(row.checkedAt),
      succeededAt: dateOf(row.succeededAt),
      nextCheckAt: dateOf(row.nextCheckAt),
      problem,
      report,
    },
  };
}

/** Whether anybody logs in there: by a secret, or as the machine. */
export function logsIn({ row, settings }: Pick<StoredConnection, 'row' | 'settings'>): boolean {
  return row.secret !== null || settings.isAmbient === true;
}

/** What a provider is given; the secret is in the clear. */
export function targetOf(
  { url, row, settings }: Pick<StoredConnection, 'url' | 'settings'> & { readonly row: { readonly username: string } },
  secret: string,
): ProviderTarget {
  const { region, form, fields } = settings;
  return { url, form, username: row.username, secret, fields, ...(region !== undefined && { region }) };
}

function dateOf(milliseconds: number | null): Date | undefined {
  return milliseconds === null ? undefined : new Date(milliseconds);
}
