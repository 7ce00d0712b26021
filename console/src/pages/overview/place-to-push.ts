import type { Session } from '../../app/session.ts';

const ANYWHERE = 'team/alpine';

/** A repository that somebody may push to, for an example; `undefined`: they may not push. */
export function placeToPush(account: NonNullable<Session['account']>): string | undefined {
  if (account.isAdministrator) return ANYWHERE;
  const grant = account.grants.find(({ actions }) => actions.includes('push') || actions.includes('admin'));
  if (grant === undefined) return undefined;
  return grant.pattern === '**' ? ANYWHERE : grant.pattern.replace(/\*\*?$/, 'alpine').replaceAll(/\*\*?/g, 'team');
}
