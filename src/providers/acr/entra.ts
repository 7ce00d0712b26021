import { z } from 'zod';
import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import { jsonIn, refusalOf } from '../diagnose.ts';
import { objectIn } from '../oci/answer.ts';
import { sendDiagnosed } from '../oci/send-diagnosed.ts';
import type { ProviderTools } from '../provider.ts';
import { type Diagnosis, ProviderError } from '../provider-error.ts';

export interface ServicePrincipal {
  /** Of the directory: an identifier or a domain. */
  readonly tenant: string;
  /** Application (client) ID. */
  readonly clientId: string;
  readonly secret: string;
}

/** What tokens for registries are for, in all of Microsoft's clouds. */
export const REGISTRY_SCOPE = 'https://containerregistry.azure.net/.default';
const MAX_BYTES = 256 * 1024;

const TokenAnswer = z.object({ access_token: z.string().min(1) });
const Refused = z.object({ error: z.string().optional(), error_codes: z.array(z.number()).optional() });

/**
 * A token of Microsoft Entra ID for a service principal.
 *
 * @param at.authority `https://login.microsoftonline.com`
 * @param at.scope what it is for
 * @throws {ProviderError}
 * @see RFC 6749 §4.4
 */
export async function entraToken(
  { tenant, clientId, secret }: ServicePrincipal,
  { authority, tools, scope }: { readonly authority: string; readonly tools: ProviderTools; readonly scope: string },
  signal: AbortSignal,
): Promise<string> {
  const url = `${authority}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`;
  const form = { client_id: clientId, client_secret: secret, grant_type: 'client_credentials', scope };
  const tried = { host: new URL(authority).host, what: 'logging in the service principal', now: tools.now() };
  const answer = await sendDiagnosed(
    tools.http,
    {
      method: 'POST',
      url,
      headers: { Accept: 'application/json', 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
      follows: false,
      attempts: 3,
      maxBytes: MAX_BYTES,
      signal,
    },
    tried,
  );
  if (answer.status !== 200) throw entraError(answer) ?? refusalOf(answer, { ...tried, secrets: [secret] });
  const read = TokenAnswer.safeParse(jsonIn(answer, tried));
  if (read.success) return read.data.access_token;
  throw new ProviderError('malformed', `${tried.host} answers without a token.`);
}

/** @see Microsoft Entra authentication and authorization error codes */
const CODES: ReadonlyMap<number, readonly [diagnosis: Diagnosis, message: string]> = new Map([
  [
    7_000_215,
    ['wrong-credentials', 'The client secret is not right. It is the value of the secret that is wanted, not its ID.'],
  ],
  [
    7_000_222,
    ['token-expired', 'The client secret has expired. Make a new one: App registrations, Certificates & secrets.'],
  ],
  [
    700_016,
    ['wrong-credentials', 'This directory has no application of this ID: the application or the tenant is wrong.'],
  ],
  [700_024, ['clock-skew', 'Entra ID takes no proof of this time: the clock of this machine is off.']],
  [90_002, ['wrong-credentials', 'There is no directory of this tenant.']],
  [900_023, ['wrong-credentials', 'The tenant is neither an identifier nor a domain of a directory.']],
  [7_000_112, ['wrong-credentials', 'The application is switched off in its directory.']],
]);

function entraError(answer: UpstreamAnswer): ProviderError | undefined {
  const read = Refused.safeParse(objectIn(answer.body));
  if (!read.success || answer.status >= 500 || answer.status === 429) return undefined;
  const { error = '', error_codes: codes = [] } = read.data;
  const code = codes.find((number) => CODES.has(number));
  const known = code === undefined ? undefined : CODES.get(code);
  const { status } = answer;
  if (known !== undefined)
    return new ProviderError(known[0], `Microsoft Entra ID: ${known[1]} (AADSTS${code})`, { status });
  if (error !== 'invalid_client' && error !== 'unauthorized_client') return undefined;
  const message = 'Microsoft Entra ID does not take this application ID and client secret.';
  return new ProviderError('wrong-credentials', message, { status });
}
