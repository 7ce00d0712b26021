import type { Transaction } from '../../metadata/database.ts';
import { deleteGrantsOf } from '../../metadata/grants.ts';
import { deleteTokensOf } from '../../metadata/tokens.ts';
import { deleteUser } from '../../metadata/users.ts';

/** Removes a user and all that was its own: tokens, and the grants to it and to them. */
export async function removeUserAndBelongings(tx: Transaction, userId: string): Promise<void> {
  for (const tokenId of await deleteTokensOf(tx, userId)) await deleteGrantsOf(tx, tokenId);
  await deleteGrantsOf(tx, userId);
  await deleteUser(tx, userId);
}
