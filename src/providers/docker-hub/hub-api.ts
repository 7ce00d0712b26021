import { sendDiagnosed } from '../oci/send-diagnosed.ts';
import { claimsOf, endOf } from '../oci/claims.ts';
import { objectIn } from '../oci/answer.ts';
import { NativeApi, fieldOf } from '../native/native-api.ts';
import { textIn } from '../native/json-fields.ts';
import { notARegistry, refusalOf } from '../diagnose.ts';
import type { JsonObject } from '../../oci/json-object.ts';
import { ProviderError } from '../provider-error.ts';
import { ShortLived } from '../short-lived.ts';
import type { HubOptions } from './hub-session.ts';

interface HubToken {
  readonly text: string;
  readonly expiresAt?: Date;
}

const NAME = 'Docker Hub';

/** Docker Hub's own API, for one account. */
export class HubApi extends NativeApi {
  readonly #token: ShortLived<HubToken>;
  readonly #isAnybody: boolean;

  constructor(options: HubOptions) {
    const { target, tools, places } = options;
    const token = new ShortLived(async (signal) => await logIn(options, signal), tools.now);
    super({
      name: NAME,
      origin: places.api,
      tools,
      secret: target.secret,
      authorization: async (signal): Promise<Readonly<Record<string, string>>> =>
        target.secret === '' ? {} : { Authorization: `Bearer ${(await token.get(signal)).text}` },
      renew: () => token.drop(),
    });
    this.#token = token;
    this.#isAnybody = target.secret === '';
  }

  /** Logs in anew, and gives what the token says of whom it is. */
  async logIn(signal: AbortSignal): Promise<JsonObject> {
    if (this.#isAnybody) return {};
    return claimsOf((await this.#token.renew(signal)).text) ?? {};
  }
}

/** Not the older `/v2/users/login`, which takes no token of an organization. */
async function logIn({ target, tools, places }: HubOptions, signal: AbortSignal): Promise<HubToken> {
  const tried = { host: NAME, what: 'logging in', now: tools.now(), secrets: [target.secret] };
  const request = {
    method: 'POST',
    url: `${places.api}/v2/auth/token`,
    headers: { Accept: 'application/json', 'Content-Type': 'application/json' },
    body: JSON.stringify({ identifier: target.username, secret: target.secret }),
    follows: false,
    // It changes nothing, so that it may be tried again.
    attempts: 3,
    signal,
  };
  const answer = await sendDiagnosed(tools.http, request, tried);
  if (answer.status !== 200) {
    if (answer.status === 401 && fieldOf(answer, 'login_2fa_token') !== undefined) {
      throw new ProviderError(
        'wrong-credentials',
        'Docker Hub wants the second factor of this account: use an access token in place of the password.',
        { status: 401 },
      );
    }
    throw answer.status === 404 ? notARegistry(answer, tried) : refusalOf(answer, tried);
  }
  const text = textIn(objectIn(answer.body) ?? {}, 'access_token');
  if (text === undefined) throw new ProviderError('malformed', 'Docker Hub answers the login without a token.');
  const expiresAt = endOf(text);
  return { text, ...(expiresAt !== undefined && { expiresAt }) };
}
