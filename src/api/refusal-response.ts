import { apiChallenge } from './challenge.ts';
import { isOvhPath, ovhErrorResponse, withQueryId } from './ovh/ovh-error.ts';
import { problemResponse } from './problem.ts';

export interface Refused {
  readonly request: Request;
  /** Named in the question for a password. */
  readonly realm: string;
  readonly requestId: string;
}

/** The reply to whoever asks for something that went wrong, in the way of the API that the path belongs to. */
export function refusalResponse(error: unknown, { request, realm, requestId }: Refused): Response {
  const challenge = apiChallenge(request, realm);
  if (!isOvhPath(new URL(request.url).pathname)) return problemResponse(error, challenge);
  return withQueryId(ovhErrorResponse(error, challenge), requestId);
}
