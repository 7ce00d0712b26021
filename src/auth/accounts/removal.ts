import type { Transaction } from '../../metadata/database.ts';
import { deleteGrantsOf } from '../../metadata/grants.ts';
import { deleteSessionsOf } from '../../metadata/sessions.ts';
import { deleteTokensOf } from '../../metadata/tokens.ts';
import { deleteUser } from '../../metadata/users.ts';

/** Removes a user and all that was its own: tokens, and the grants to it and to them, and the sessions of all. */
export async function removeUserAndBelongings(tx: Transaction, userId: string): Promise<void> {
  for (const id of [...(await deleteTokensOf(tx, userId)), userId]) {
    await deleteGrantsOf(tx, id);
    await deleteSessionsOf(tx, id);
  }
  await deleteUser(tx, userId);
}
