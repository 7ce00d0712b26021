import type { Identity } from '../../auth/identity.ts';
import type { Connection, ConnectionCheck } from '../../connections/connection.ts';
import type { Tested } from '../../connections/connections.ts';
import type { BudgetGauge } from '../../egress/upstream-http.ts';
import type { CheckReport } from '../../providers/account.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Registry, RegistryCheck, RegistryKind, RegistryTest, UpstreamGauge } from './contract.ts';

const DAY_MILLISECONDS = 86_400_000;

/** A connection as whoever asks sees it. Field by field: what is new in a connection does not get out by itself. */
export function registryReply(connection: Connection, identity: Identity, now: Date): Registry {
  const { id, project, name, kind, url, isPlainHttp, form, username, hasSecret, logsIn, fields, addedBy } = connection;
  return {
    id,
    project,
    name,
    kind,
    url,
    isPlainHttp,
    form,
    username,
    hasSecret,
    logsIn,
    fields: { ...fields },
    addedBy,
    region: connection.region ?? null,
    authorities: connection.authorities ?? null,
    clientCertificate: connection.clientCertificate ?? null,
    testRepository: connection.testRepository ?? null,
    createdAt: connection.createdAt.toISOString(),
    updatedAt: connection.updatedAt.toISOString(),
    usableSince: connection.usableSince.toISOString(),
    credential: credentialReply(connection, now),
    health: healthReply(connection.health),
    abilities: (['read', 'use', 'manage'] as const).filter((ability) =>
      identity.allowsInProject(`registries:${ability}`, project),
    ),
  };
}

export function testReply({ report, problem, milliseconds }: Tested): RegistryTest {
  return {
    outcome: problem?.diagnosis ?? 'ok',
    message: problem?.message ?? '',
    report: report === undefined ? null : reportReply(report),
    milliseconds,
  };
}

export function checkReply({ at, outcome, message, milliseconds, trigger }: ConnectionCheck): RegistryCheck {
  return { at: at.toISOString(), outcome, message, milliseconds, trigger };
}

export function kindReply({ kind, title, forms }: Provider): RegistryKind {
  return {
    kind,
    title,
    forms: forms.map(({ name, hasSecret = true, username, fields, help, lifeSeconds }) => ({
      name,
      hasSecret,
      username: username === 'asked' ? null : username.always,
      fields: fields.map((field) => ({ ...field })),
      where: help.where,
      leastRights: help.leastRights,
      link: help.link ?? null,
      lifeSeconds: lifeSeconds ?? null,
    })),
  };
}

export function gaugeReply({ upstream, limit, remaining, resetsAt, pausedUntil, breaker }: BudgetGauge): UpstreamGauge {
  return {
    upstream,
    limit: limit ?? null,
    remaining: remaining ?? null,
    resetsAt: textOf(resetsAt),
    pausedUntil: textOf(pausedUntil),
    breaker,
  };
}

function credentialReply({ credential, hasSecret }: Connection, now: Date): Registry['credential'] {
  const { setAt, expiresAt, expirySource, rotateAfterDays, rotation, isAutomatic } = credential;
  const ageDays = Math.max(0, Math.floor((now.getTime() - setAt.getTime()) / DAY_MILLISECONDS));
  return {
    setAt: setAt.toISOString(),
    ageDays,
    expiresAt: textOf(expiresAt),
    expirySource: expirySource ?? null,
    rotateAfterDays,
    isRotationDue: hasSecret && rotateAfterDays > 0 && ageDays >= rotateAfterDays,
    rotation,
    isAutomatic,
  };
}

function healthReply({
  state,
  checkedAt,
  succeededAt,
  nextCheckAt,
  problem,
  report,
}: Connection['health']): Registry['health'] {
  return {
    state,
    checkedAt: textOf(checkedAt),
    succeededAt: textOf(succeededAt),
    nextCheckAt: textOf(nextCheckAt),
    problem: problem === undefined ? null : { ...problem },
    report: report === undefined ? null : reportReply(report),
  };
}

function reportReply({
  abilities,
  secretExpiresAt,
  account,
  remarks,
  clockSkewSeconds,
}: CheckReport): NonNullable<RegistryTest['report']> {
  return {
    abilities: { ...abilities },
    secretExpiresAt: textOf(secretExpiresAt),
    account: account ?? null,
    remarks: [...remarks],
    clockSkewSeconds: clockSkewSeconds ?? null,
  };
}

function textOf(time: Date | undefined): string | null {
  return time?.toISOString() ?? null;
}
