import type { Session } from '../../../app/session.ts';

/** Where connections go of which nobody said more. */
const DEFAULT = 'default';

/** The project in which somebody would add a connection: one where they may. */
export function projectFor(account: Session['account']): string {
  if (account === null || account.isAdministrator) return DEFAULT;
  const named = account.grants.find(
    ({ abilities, pattern }) => abilities.includes('manage-registries') && !/[*?[{]/.test(pattern),
  );
  return named?.pattern ?? DEFAULT;
}
