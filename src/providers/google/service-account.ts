import { importPKCS8, SignJWT } from 'jose';
import { z } from 'zod';
import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import { clockRemark, jsonIn, refusalOf } from '../diagnose.ts';
import { objectIn } from '../oci/answer.ts';
import { sendDiagnosed } from '../oci/send-diagnosed.ts';
import type { ProviderTools } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';

/** The key of a service account, as Google lets it be downloaded. */
export interface ServiceAccountKey {
  readonly email: string;
  readonly keyId: string;
  /** PEM. */
  readonly privateKey: string;
  readonly project: string | undefined;
}

export interface GoogleToken {
  readonly text: string;
  readonly expiresAt?: Date;
}

/** Where keys are exchanged for tokens. A key that names another place is not taken there. */
export const TOKEN_URL = 'https://oauth2.googleapis.com/token';
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
/** The most that Google gives. */
const TOKEN_SECONDS = 3600;
const MAX_BYTES = 256 * 1024;

const Key = z.object({
  type: z.literal('service_account'),
  client_email: z.string().min(3),
  private_key_id: z.string().default(''),
  private_key: z.string().includes('PRIVATE KEY'),
  project_id: z.string().optional(),
  token_uri: z.string().optional(),
});

/** @returns a sentence on what is wrong with it, or the key. */
export function readServiceAccountKey(text: string): ServiceAccountKey | string {
  const document = objectIn(new TextEncoder().encode(text)) ?? objectIn(Buffer.from(text, 'base64'));
  if (document === undefined) return 'The secret is not the JSON file of a key.';
  const type = document['type'];
  if (type !== 'service_account' && typeof type === 'string') {
    return `The file is of another kind (${type.slice(0, 40)}): the key of a service account is wanted.`;
  }
  const read = Key.safeParse(document);
  if (!read.success) return 'The JSON file is not the key of a service account, or parts of it are missing.';
  const {
    client_email: email,
    private_key_id: keyId,
    private_key: privateKey,
    project_id: project,
    token_uri: uri,
  } = read.data;
  const host = uri === undefined ? 'oauth2.googleapis.com' : URL.canParse(uri) ? new URL(uri).hostname : '';
  if (!/(?:^|\.)(?:googleapis|google)\.com$/.test(host))
    return 'The key says that it is exchanged elsewhere than at Google.';
  return { email, keyId, privateKey, project };
}

/**
 * A token of one hour for a key.
 *
 * @param tokenUrl Default {@link TOKEN_URL}.
 * @throws {ProviderError}
 * @see RFC 7523 §2.1
 */
export async function exchangeKey(
  key: ServiceAccountKey,
  { tools, tokenUrl = TOKEN_URL }: { readonly tools: ProviderTools; readonly tokenUrl?: string | undefined },
  signal: AbortSignal,
): Promise<GoogleToken> {
  const assertion = await assertionOf(key, tools.now());
  const tried = { host: new URL(tokenUrl).host, what: 'exchanging the key of the service account', now: tools.now() };
  const form = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
  const answer = await sendDiagnosed(
    tools.http,
    {
      method: 'POST',
      url: tokenUrl,
      headers: { Accept: 'application/json', 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
      follows: false,
      attempts: 3,
      maxBytes: MAX_BYTES,
      signal,
    },
    tried,
  );
  if (answer.status !== 200) {
    const secrets = [assertion, key.privateKey];
    throw grantError(answer, tools.now()) ?? refusalOf(answer, { ...tried, isSignedWithTime: true, secrets });
  }
  const read = TokenAnswer.safeParse(jsonIn(answer, tried));
  if (!read.success) throw new ProviderError('malformed', `${tried.host} answers without a token.`);
  const { access_token: text, expires_in: seconds } = read.data;
  return { text, expiresAt: new Date(tools.now() + seconds * 1000) };
}

const TokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.number().default(TOKEN_SECONDS) });

async function assertionOf({ email, keyId, privateKey }: ServiceAccountKey, now: number): Promise<string> {
  try {
    const seconds = Math.floor(now / 1000);
    return await new SignJWT({ scope: SCOPE })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: keyId })
      .setIssuer(email)
      .setAudience(TOKEN_URL)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + TOKEN_SECONDS)
      .sign(await importPKCS8(privateKey, 'RS256'));
  } catch {
    // What it says may quote the key.
    throw new ProviderError('wrong-credentials', 'The private key in the file of the service account cannot be read.');
  }
}

/** What `invalid_grant` means, by the words beside it: there is but one code. */
function grantError(answer: UpstreamAnswer, now: number): ProviderError | undefined {
  const document = objectIn(answer.body);
  const error = document?.['error'];
  const words = document?.['error_description'];
  const description = typeof words === 'string' ? words : '';
  const { status } = answer;
  if (error === 'invalid_client' || error === 'unauthorized_client' || error === 'disabled_client') {
    return new ProviderError(
      'wrong-credentials',
      'Google does not let this service account in: it may be switched off.',
      { status },
    );
  }
  if (error !== 'invalid_grant') return undefined;
  if (/reasonable timeframe|short-lived token|iat and exp/i.test(description)) {
    const message = `Google takes no key that is used at another time than now. ${clockRemark(answer, now) ?? ''} Set the clock of this machine.`;
    return new ProviderError('clock-skew', message, { status });
  }
  const why = /account not found/i.test(description)
    ? 'The service account does not exist any more.'
    : 'The key was deleted or switched off, or belongs to another service account.';
  return new ProviderError('wrong-credentials', `Google does not take this key. ${why}`, { status });
}
