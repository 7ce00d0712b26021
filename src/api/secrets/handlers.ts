import { LEASES } from '../../jobs/lease-names.ts';
import { SecretsKeyError } from '../../encryption/key-source.ts';
import { linesEndpoint, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { progressLines } from '../progress-lines.ts';
import { rotateSecretsKey, type KeyRotation } from './contract.ts';

type SecretsParts = Pick<AdminParts, 'rotateKey' | 'leases' | 'onFailure' | 'now'>;

export function secretsEndpoints(parts: SecretsParts): readonly Endpoint[] {
  const { rotateKey, leases } = parts;
  return [
    linesEndpoint(rotateSecretsKey, async (_, { signal }) => {
      const lease = await leases.take(LEASES.keyRotation);
      if (lease === undefined) {
        throw new ProblemError(409, 'ROTATION_RUNNING', 'The key is being replaced already; wait for its end.');
      }
      const running = rotateKey(AbortSignal.any([signal, lease.signal]))
        .catch((error: unknown) => {
          if (!(error instanceof SecretsKeyError)) throw error;
          throw new ProblemError(409, 'SECRETS_KEY_MISSING', error.message);
        })
        .finally(() => lease.release());
      // Told by the last line; nobody hears of it who left before the first.
      running.catch(() => undefined);
      return progressLines<object, never, KeyRotation>(
        (tell) => {
          tell.progress({});
          return running;
        },
        { ...parts, signal },
      );
    }),
  ];
}
