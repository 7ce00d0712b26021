import { basicOf, type Fake, startFake, userOf } from './fake.ts';
import { ociError, ociReply } from './fake-oci.ts';

/** The registry that OVHcloud's AI users share: a name and a password, and no catalog. */
export function startFakeOvhShared(): Fake {
  const fake = startFake((request) =>
    ociReply(request, fake, {
      refuse: (_, right, repository) => {
        const login = basicOf(request);
        const user = login === undefined ? undefined : userOf(fake, login.secret, login.username);
        if (user === undefined) {
          const challenge = { 'WWW-Authenticate': 'Basic realm="OVHcloud AI"' };
          return ociError(401, 'UNAUTHORIZED', 'authentication required', challenge);
        }
        if (repository === undefined || user.rights.has(right)) return undefined;
        return ociError(403, 'DENIED', 'requested access to the resource is denied');
      },
      deletes: () => undefined,
    }),
  );
  return fake;
}
