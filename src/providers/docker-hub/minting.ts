import { dateIn, present, textIn } from '../native/json-fields.ts';
import type { MintedSecret, Minting } from '../account.ts';
import { ProviderError } from '../provider-error.ts';
import type { HubSession } from './hub-session.ts';

/** The seed's rule for secrets: none is older. */
const LIFE_DAYS = 90;

/**
 * Makes an access token with the password of an account, so that the password need not be kept here. A token cannot make
 * another: Docker Hub wants a person for that.
 */
export function mintingOf({ api, target, tools }: HubSession): Minting {
  return {
    overlaps: true,
    mint: async (signal): Promise<MintedSecret> => {
      const expiresAt = new Date(tools.now() + LIFE_DAYS * 24 * 3600 * 1000);
      const { object } = await api.object(
        {
          method: 'POST',
          path: '/v2/access-tokens',
          body: { token_label: 'Havre', scopes: ['repo:admin'], expires_at: expiresAt.toISOString() },
          signal,
        },
        'making an access token',
      );
      const secret = textIn(object, 'token');
      if (secret === undefined)
        throw new ProviderError('malformed', 'Docker Hub made an access token without showing it.');
      const reference = textIn(object, 'uuid');
      return {
        username: target.username,
        secret,
        expiresAt: dateIn(object, 'expires_at') ?? expiresAt,
        ...present({ reference }),
      };
    },
    revoke: async (reference, signal) => {
      const path = `/v2/access-tokens/${encodeURIComponent(reference)}`;
      const answer = await api.send({ method: 'DELETE', path, signal });
      if (answer.status === 204 || answer.status === 404) return;
      throw api.refusalOf(answer, 'revoking an access token');
    },
  };
}
