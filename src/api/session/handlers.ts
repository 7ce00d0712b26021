import { CredentialsRefusedError } from '../../auth/credentials/refusal.ts';
import { isAnonymous } from '../../auth/identity.ts';
import type { Session as RecordedSession } from '../../auth/sessions/sessions.ts';
import { AccessDeniedError } from '../../oci/errors.ts';
import type { Contract } from '../contract.ts';
import { endpoint, type AdminCall, type Endpoint } from '../endpoint.ts';
import { readOpenApi } from '../openapi/contract.ts';
import type { AdminParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { accountOf } from './account-reply.ts';
import {
  changeOwnPassword,
  createSession,
  endOtherSessions,
  endOwnSession,
  endSession,
  endSessionsOfUser,
  listSessions,
  showSession,
  type Session,
} from './contract.ts';
import { endedSessionCookie, newSessionCookie } from './cookie.ts';

const OWN_CONTRACTS: readonly Contract[] = [
  createSession,
  showSession,
  endSession,
  listSessions,
  endOwnSession,
  endOtherSessions,
  endSessionsOfUser,
  changeOwnPassword,
];

export type SessionParts = Pick<
  AdminParts,
  'sessions' | 'ownPassword' | 'rulesOf' | 'publicUrl' | 'version' | 'isDeletionEnabled'
>;

/** @param others the contracts of all other endpoints but the description of the API. */
export function sessionEndpoints(parts: SessionParts, others: readonly Contract[]): readonly Endpoint[] {
  const contracts = [...others, ...OWN_CONTRACTS, readOpenApi];
  return [...ofBrowser(parts, contracts), ...ofSessions(parts), ...ofAccount(parts)];
}

/** Logging in and out. */
function ofBrowser(parts: SessionParts, contracts: readonly Contract[]): readonly Endpoint[] {
  const { sessions } = parts;
  return [
    endpoint(createSession, async (login, call) => {
      const { sessionId, principal } = call.identity;
      const replaced = sessionId === undefined ? undefined : { id: sessionId, principalId: principal.id };
      const begun = await sessions.begin({ ...login, ...(replaced !== undefined && { replaced }) }, call.actor);
      const account = await accountOf(begun.identity, contracts, parts);
      call.reply.append('Set-Cookie', newSessionCookie(begun.secret, isSecure(call)));
      return { session: sessionOf(begun.session, begun.session.id), account };
    }),
    endpoint(showSession, async (_, call) => {
      const { identity } = call;
      const { sessionId } = identity;
      const isNobody = isAnonymous(identity);
      const session = sessionId === undefined ? undefined : (await sessions.list(identity)).find(isCalled(sessionId));
      return {
        account: isNobody ? null : await accountOf(identity, contracts, parts),
        session: session === undefined ? null : sessionOf(session, sessionId),
        instance: {
          version: isNobody ? null : parts.version,
          registry: registryHost(parts, call),
          isDeletionEnabled: parts.isDeletionEnabled,
        },
      };
    }),
    endpoint(endSession, async (_, call) => {
      const { identity, actor } = call;
      call.reply.append('Set-Cookie', endedSessionCookie(isSecure(call)));
      const { sessionId } = identity;
      return { ended: sessionId !== undefined && (await sessions.end(identity, sessionId, actor)) };
    }),
  ];
}

function ofSessions({ sessions }: Pick<SessionParts, 'sessions'>): readonly Endpoint[] {
  return [
    endpoint(listSessions, async (_, call) => {
      requireOwnCredential(call);
      const { identity } = call;
      return { sessions: (await sessions.list(identity)).map((one) => sessionOf(one, identity.sessionId)) };
    }),
    endpoint(endOwnSession, async ({ id }, call) => {
      requireOwnCredential(call);
      if (!(await sessions.end(call.identity, id, call.actor))) {
        throw new ProblemError(404, 'SESSION_UNKNOWN', `You have no session "${id}".`);
      }
      if (id === call.identity.sessionId) call.reply.append('Set-Cookie', endedSessionCookie(isSecure(call)));
      return { id };
    }),
    endpoint(endOtherSessions, async (_, call) => {
      requireOwnCredential(call);
      return { ended: await sessions.endOthers(call.identity, call.actor) };
    }),
    endpoint(endSessionsOfUser, async ({ name }, { actor }) => ({ ended: await sessions.endAllOf(name, actor) })),
  ];
}

function ofAccount({ ownPassword }: Pick<SessionParts, 'ownPassword'>): readonly Endpoint[] {
  return [
    endpoint(changeOwnPassword, async ({ current, password }, { identity, actor }) => {
      await ownPassword.change({ identity, current, password }, actor).catch((error: unknown) => {
        // A 401 would say that the session ended.
        if (!(error instanceof CredentialsRefusedError)) throw error;
        throw new ProblemError(403, 'PASSWORD_WRONG', 'The current password is another one.');
      });
      return { name: identity.principal.name };
    }),
  ];
}

/** What `/token` gives is for registry clients, which have no business with the sessions of their user. */
function requireOwnCredential({ identity }: AdminCall): void {
  if (identity.isDelegated) throw new AccessDeniedError('A token of /token is for registry clients alone.');
}

function isSecure({ arrival }: AdminCall): boolean {
  return arrival?.secure === true;
}

function registryHost({ publicUrl }: Pick<SessionParts, 'publicUrl'>, { arrival }: AdminCall): string {
  return publicUrl === undefined ? (arrival?.host ?? 'localhost') : new URL(publicUrl).host;
}

function isCalled(id: string): (session: RecordedSession) => boolean {
  return (session) => session.id === id;
}

function sessionOf(session: RecordedSession, currentId: string | undefined): Session {
  const { id, createdAt, lastSeenAt, expiresAt, source, client } = session;
  return {
    id,
    createdAt: createdAt.toISOString(),
    lastSeenAt: lastSeenAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    source,
    client,
    current: id === currentId,
  };
}
