import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import type { MintedSecret, Minting } from '../account.ts';
import { parseDate, present, textIn } from '../native/json-fields.ts';
import type { NativeApi } from '../native/native-api.ts';
import { ProviderError } from '../provider-error.ts';
import type { ProviderTarget, ProviderTools } from '../provider.ts';

/** Name of the field that lets Havre do it: nobody else can use the old token from that moment on. */
export const RENEWAL_FIELD = 'renewal';

/** The seed's rule for secrets: none is older. GitLab gives a week where nobody says. */
const LIFE_DAYS = 90;
/** It is not the kind of token that is rotated there: nothing has happened. */
const NOT_THERE: ReadonlySet<number> = new Set([403, 404, 405]);

/** A token that takes its own place: the old one ends at that moment. Of a person, else of the project or group. */
export function rotationOf(api: NativeApi, { target, tools }: GitlabToken): Minting {
  return {
    overlaps: false,
    mint: async (signal) => {
      const answer = await rotated(api, { target, tools }, signal);
      const { object } = api.objectIn(answer, 'rotating its token');
      const secret = textIn(object, 'token');
      if (secret === undefined) throw new ProviderError('malformed', 'GitLab rotated a token without showing it.');
      const made: MintedSecret = { username: target.username, secret };
      return { ...made, ...present({ expiresAt: parseDate(textIn(object, 'expires_at')) }) };
    },
    revoke: () => Promise.resolve(),
  };
}

interface GitlabToken {
  readonly target: ProviderTarget;
  readonly tools: ProviderTools;
}

async function rotated(api: NativeApi, { target, tools }: GitlabToken, signal: AbortSignal): Promise<UpstreamAnswer> {
  const owner = encodeURIComponent(target.url.path);
  const places = ['/personal_access_tokens', `/projects/${owner}/access_tokens`, `/groups/${owner}/access_tokens`];
  const expires_at = new Date(tools.now() + LIFE_DAYS * 86_400_000).toISOString().slice(0, 10);
  let first: UpstreamAnswer | undefined;
  for (const place of owner === '' ? places.slice(0, 1) : places) {
    const answer = await api.send({ method: 'POST', path: `${place}/self/rotate`, body: { expires_at }, signal });
    if (!NOT_THERE.has(answer.status)) return answer;
    first ??= answer;
  }
  if (first === undefined) throw new Error('there is a place to rotate a token at');
  throw new ProviderError(
    'forbidden',
    `This token may not rotate itself: give it the scope self_rotate. ${api.reasonOf(first)}`,
  );
}
