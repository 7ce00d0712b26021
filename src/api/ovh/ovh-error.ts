import { z } from 'zod';
import { headersOfProblem, problemOf } from '../problem.ts';

/** What OVHcloud's API answers when something is wrong. */
export const ovhError = z.object({
  class: z.string().describe('`Client::NotFound`, `Server::InternalServerError`…'),
  message: z.string().describe('For people: what happened, and what to do.'),
  errorCode: z.string().describe('As at the end of `type` of a Problem.'),
});

const CLASS_BY_STATUS: ReadonlyMap<number, string> = new Map([
  [400, 'Client::BadRequest'],
  [401, 'Client::Unauthorized'],
  [403, 'Client::Forbidden'],
  [404, 'Client::NotFound'],
  [405, 'Client::MethodNotAllowed'],
  [409, 'Client::Conflict'],
  [413, 'Client::RequestEntityTooLarge'],
  [415, 'Client::UnsupportedMediaType'],
  [429, 'Client::TooManyRequests'],
  [502, 'Server::BadGateway'],
  [503, 'Server::ServiceUnavailable'],
]);

/** Whether a path is one of OVHcloud's API, whose answers look otherwise than ours. */
export function isOvhPath(path: string): boolean {
  return path.startsWith('/cloud/');
}

/** As `problemResponse`, in the way of OVHcloud's API. */
export function ovhErrorResponse(error: unknown, challenge: string): Response {
  const { type, status, detail } = problemOf(error);
  const document: z.output<typeof ovhError> = {
    class: CLASS_BY_STATUS.get(status) ?? (status < 500 ? 'Client::BadRequest' : 'Server::InternalServerError'),
    message: detail,
    errorCode: type.slice(type.lastIndexOf('/') + 1),
  };
  const headers = {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    ...(status === 401 && { 'WWW-Authenticate': challenge }),
    ...headersOfProblem(error),
  };
  return new Response(JSON.stringify(document), { status, headers });
}

/** Names the request for support, as OVHcloud's API does: by the id that our log has. */
export function withQueryId(response: Response, requestId: string): Response {
  response.headers.set('X-OVH-QUERYID', requestId);
  return response;
}
