import type { TokenAnswer, TokenService } from '../auth/token-service.ts';
import { CredentialsRefusedError } from '../auth/credentials/refusal.ts';
import type { Connection } from '../http/connection.ts';
import { BodyTooLargeError, readBounded } from '../http/request-body.ts';
import { basicChallenge } from '../oci/challenge.ts';
import { AuthenticationRequiredError } from '../oci/errors.ts';
import { emptyReply, jsonReply, type Reply } from './reply.ts';

/** A password, a refresh token and a few scopes: far less than this. */
const LARGEST_FORM_BYTES = 64 * 1024;

/**
 * `GET` and `POST /token`: bearer tokens, as Docker's clients ask for them.
 *
 * @see spec §10.2, §10.3
 */
export async function answerToken(
  request: Request,
  search: string,
  connection: Connection,
  tokens: TokenService,
): Promise<Reply> {
  try {
    switch (request.method) {
      case 'GET':
        return tokenReply(
          await tokens.get(new URLSearchParams(search), request.headers.get('authorization'), connection.source),
        );
      case 'POST':
        return await postToken(request, connection, tokens);
      default:
        return emptyReply(405, { Allow: 'GET, POST' });
    }
  } catch (error) {
    if (!(error instanceof CredentialsRefusedError)) throw error;
    // Whatever the registry itself asks for, a token is asked for with a name and a password.
    throw new AuthenticationRequiredError({ challenge: basicChallenge('Havre'), message: error.message });
  }
}

async function postToken(request: Request, connection: Connection, tokens: TokenService): Promise<Reply> {
  try {
    const form = new TextDecoder().decode(await readBounded(request, LARGEST_FORM_BYTES));
    return tokenReply(await tokens.post(new URLSearchParams(form), connection.source));
  } catch (error) {
    if (!(error instanceof BodyTooLargeError)) throw error;
    return { ...jsonReply({ error: 'invalid_request', error_description: error.message }), status: 413 };
  }
}

/** Never kept by a cache on the way (RFC 6749 §5.1). */
function tokenReply({ status, body }: TokenAnswer): Reply {
  return { ...jsonReply(body, { 'Cache-Control': 'no-store' }), status };
}
