import type { Token as RecordedToken } from '../../auth/accounts/tokens.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { createToken, listTokens, revokeToken, type Token } from './contract.ts';

export function tokenEndpoints({ tokens, now }: Pick<AdminParts, 'tokens' | 'now'>): readonly Endpoint[] {
  return [
    endpoint(listTokens, async ({ limit, after = '' }) => {
      // A name has no space.
      const [name = '', id = ''] = after.split(' ', 2);
      const found = await tokens.listAfter({ name, id }, limit + 1);
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      const isMore = found.length > limit && last !== undefined;
      return { tokens: shown.map((token) => tokenOf(token, now())), next: isMore ? `${last.name} ${last.id}` : null };
    }),
    endpoint(createToken, async ({ name, user, scope, expiresAt }, { actor }) => {
      const wanted = {
        name,
        ...(user === undefined ? {} : { owner: user }),
        ...(scope === undefined ? {} : { scope }),
        ...(expiresAt === null ? {} : { expiresAt: new Date(expiresAt) }),
      };
      const { token, secret } = await tokens.create(wanted, actor);
      return { token: tokenOf(token, now()), secret };
    }),
    endpoint(revokeToken, async ({ name }, { actor }) => {
      await tokens.revoke(name, actor);
      return { name };
    }),
  ];
}

function tokenOf(token: RecordedToken, now: Date): Token {
  return {
    name: token.name,
    user: token.owner?.name ?? null,
    scope: token.scope?.map(({ pattern, actions }) => ({ pattern, actions: [...actions] })) ?? null,
    state: stateOf(token, now),
    createdAt: token.createdAt.toISOString(),
    expiresAt: token.expiresAt?.toISOString() ?? null,
    revokedAt: token.revokedAt?.toISOString() ?? null,
    lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
  };
}

function stateOf({ revokedAt, expiresAt }: RecordedToken, now: Date): Token['state'] {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && expiresAt <= now ? 'expired' : 'active';
}
