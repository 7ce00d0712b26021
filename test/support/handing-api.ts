import { asProblem } from '../../src/api/account-problem.ts';
import { credentialEndpoints } from '../../src/api/credentials/handlers.ts';
import { matchEndpoint } from '../../src/api/match-endpoint.ts';
import { problemResponse } from '../../src/api/problem.ts';
import { readInput } from '../../src/api/request-input.ts';
import { localAdministrator } from '../../src/auth/identity.ts';
import { SOMEBODY } from './actor.ts';
import type { HandedConnections } from './handed-connections.ts';

/** The part of the admin API that hands credentials out, to an administrator. */
export function handingApi(connections: HandedConnections): (request: Request) => Promise<Response> {
  const endpoints = credentialEndpoints({ connections, now: () => new Date('2026-11-20T10:00:00Z') });
  return async (request) => {
    try {
      const { endpoint, parameters } = matchEndpoint(endpoints, request.method, new URL(request.url).pathname);
      const input = await readInput(request, endpoint.contract, parameters);
      const { signal } = request;
      const call = {
        identity: localAdministrator(),
        actor: SOMEBODY,
        record: async () => undefined,
        reply: new Headers(),
        signal,
      };
      return await endpoint.answer(input, call);
    } catch (error) {
      return problemResponse(asProblem(error), 'Basic realm="Havre"');
    }
  };
}

/** The same over HTTP, for whoever shows this name and password. */
export function serveHandingApi(
  connections: HandedConnections,
  username: string,
  password: string,
): Bun.Server<undefined> {
  const api = handingApi(connections);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request) =>
      request.headers.get('authorization') === authorization ? api(request) : new Response('{}', { status: 401 }),
  });
}
