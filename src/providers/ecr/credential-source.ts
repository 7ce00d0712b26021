import { ShortLived } from '../short-lived.ts';
import { ProviderError } from '../provider-error.ts';
import type { ProviderTarget, ProviderTools } from '../provider.ts';
import { type AmbientOptions, ambientCredentials } from './ambient-credentials.ts';
import { type AwsCredentials, type CredentialSource, readTemporaryKey } from './aws-credentials.ts';
import { AMBIENT_DENIED } from './credential-forms.ts';
import type { Sts } from './sts.ts';

interface SourceOptions {
  readonly target: ProviderTarget;
  readonly sts: Sts;
  readonly tools: ProviderTools;
  /** Absent: nobody may use it. */
  readonly ambient: AmbientOptions | undefined;
}

/** What requests are signed with: what was filled in, or the role that it assumes, kept while it lasts. */
export function credentialSource({ target, sts, tools, ambient }: SourceOptions): CredentialSource {
  const first = firstSource({ target, sts, tools, ambient });
  const role = target.fields['role'] ?? '';
  if (role === '') return first;
  const externalId = target.fields['externalId'] ?? '';
  const wanted = { role, ...(externalId !== '' && { externalId }) };
  const assumed = new ShortLived(async (signal) => await sts.assumeRole(wanted, first, signal), tools.now);
  return async (signal) => await assumed.get(signal);
}

function firstSource({ target, sts, tools, ambient }: SourceOptions): CredentialSource {
  const { form, username, secret } = target;
  if (form === 'access-key') return async () => ({ accessKeyId: username, secretAccessKey: secret });
  if (form === 'temporary-key') return async () => temporaryKey(secret, tools.now());
  const kept = new ShortLived<AwsCredentials>(async (signal) => {
    // Asked each time: what an operator takes back is taken back from connections that are there, too.
    if (ambient === undefined || target.isAmbientAllowed !== true) {
      throw new ProviderError('denied-here', AMBIENT_DENIED);
    }
    return await ambientCredentials({ ambient, sts, tools }, signal);
  }, tools.now);
  return async (signal) => await kept.get(signal);
}

function temporaryKey(secret: string, now: number): AwsCredentials {
  const key = readTemporaryKey(secret);
  if (key === undefined) {
    throw new ProviderError('wrong-credentials', 'The secret is not what "aws configure export-credentials" prints.');
  }
  if (key.expiresAt !== undefined && key.expiresAt.getTime() <= now) {
    const end = key.expiresAt.toISOString();
    throw new ProviderError(
      'token-expired',
      `These temporary credentials of AWS have expired at ${end}. Give new ones.`,
    );
  }
  return key;
}
