import { expect, it } from 'bun:test';
import { askAdmin, openInstallation } from '../../../test/support/admin.ts';

it('says what runs, since when, and how much it holds', async () => {
  const installation = await openInstallation();
  try {
    await askAdmin(installation, 'POST', '/users', { name: 'ada' });
    await askAdmin(installation, 'POST', '/tokens', { name: 'gone', expiresAt: null });
    await askAdmin(installation, 'DELETE', '/tokens/gone');
    installation.clock.now = new Date('2026-11-20T10:00:30Z');
    expect(await askAdmin(installation, 'GET', '/status')).toEqual({
      status: 200,
      document: {
        version: '1.2.3',
        startedAt: '2026-11-20T10:00:00.000Z',
        uptimeSeconds: 30,
        storage: { bytes: 0, freeBytes: 1_000_000 },
        counts: { repositories: 0, tags: 0, manifests: 0, blobs: 0, uploads: 0, users: 1, tokens: 0, grants: 0 },
        parts: [{ name: 'storage', isHealthy: false, message: 'the disk is full' }],
      },
    });
  } finally {
    await installation.close();
  }
});
