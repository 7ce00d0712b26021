import { expect, it } from 'bun:test';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { openTestDatabase } from '../../test/support/test-database.ts';
import { pausesInDatabase } from './pauses-in-database.ts';

it('what one node is told, another finds in the database', async () => {
  const folder = temporaryFolder('pauses');
  const db = await openTestDatabase(folder);
  try {
    const now = new Date('2026-03-01T12:00:00Z');
    const [one, other] = [pausesInDatabase(db, () => now), pausesInDatabase(db, () => now)];
    await one.tell('ghcr.io (octo)', now.getTime() + 60_000);
    expect(await other.find('ghcr.io (octo)')).toBe(now.getTime() + 60_000);
    expect(await other.find('ghcr.io')).toBeUndefined();
  } finally {
    await db.close();
    removeFolder(folder);
  }
});
