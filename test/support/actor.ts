import type { Actor } from '../../src/metadata/actor.ts';

/** Whoever does something in a test that is not about who does it. */
export const SOMEBODY: Actor = {
  principalId: 'user:somebody',
  principalKind: 'user',
  principalName: 'somebody',
  source: '192.0.2.1',
  client: 'test/1',
  cause: 'client',
};
