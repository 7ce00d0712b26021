import { type Fake, startFake } from './fake.ts';
import { ociError, ociReply } from './fake-oci.ts';
import { FakeTokenService } from './fake-token-service.ts';

export const GENERIC_TOKEN_SECONDS = 120;

/** A registry of which nothing more is known, with a token service and a catalog, where everything can be deleted. */
export function startFakeGeneric(): Fake {
  const fake = startFake((request) => {
    if (request.path === '/token') return tokens.reply(request);
    return ociReply(request, fake, { refuse: tokens.refuse, hasCatalog: true, deletes: () => undefined });
  });
  const tokens = new FakeTokenService(fake, {
    service: 'registry',
    path: '/token',
    lifeSeconds: GENERIC_TOKEN_SECONDS,
  });
  return fake;
}

/** Too much was asked, as nginx says it before a registry. */
export function throttledUntil(fake: Pick<Fake, 'clock'>, until: Date): Response {
  const seconds = Math.ceil((until.getTime() - fake.clock.now()) / 1000);
  return ociError(429, 'TOOMANYREQUESTS', 'too many requests', { 'Retry-After': String(seconds) });
}
