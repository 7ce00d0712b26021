import { describe, expect, it } from 'bun:test';
import { eventually } from '../../test/support/eventually.ts';
import { startHavre } from '../../test/support/server.ts';

describe('a node that does scheduled work only', () => {
  it('answers those who ask how it is and who govern it, and sends clients elsewhere', async () => {
    await using havre = await startHavre({ args: ['--role=worker'] });
    const ask = (path: string): Promise<Response> =>
      fetch(`${havre.url}${path}`, { headers: { Authorization: havre.authorization } });
    for (const path of ['/livez', '/readyz', '/startupz', '/metrics', '/api/v1/users']) {
      expect((await ask(path)).status).toBe(200);
    }
    for (const path of ['/v2/', '/v2/a/manifests/v1', '/token', '/']) {
      const refused = await ask(path);
      expect(refused.status).toBe(503);
      expect(await refused.text()).toContain('ask another one');
    }
    await eventually('it has said what it does', () => expect(havre.logs()).toContain('"role":"worker"'));
  }, 30_000);
});
