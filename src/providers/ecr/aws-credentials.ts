import { z } from 'zod';

/** What a request to AWS is signed with. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of credentials that were given out for a while. */
  readonly sessionToken?: string;
  /** Absent: they last until somebody ends them. */
  readonly expiresAt?: Date;
}

/** @throws {ProviderError} there are none. */
export type CredentialSource = (signal: AbortSignal) => Promise<AwsCredentials>;

const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

const Exported = z.object({
  AccessKeyId: z.string().min(16),
  SecretAccessKey: z.string().min(1),
  SessionToken: z.string().min(1),
  Expiration: time.optional(),
});

const Printed = z.union([Exported, z.object({ Credentials: Exported }).transform(({ Credentials }) => Credentials)]);

/**
 * Reads what `aws configure export-credentials` and `aws sts get-session-token` print.
 *
 * @returns `undefined`: it is something else.
 */
export function readTemporaryKey(text: string): AwsCredentials | undefined {
  const read = Printed.safeParse(parsed(text));
  if (!read.success) return undefined;
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = read.data;
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    ...(Expiration !== undefined && { expiresAt: Expiration }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
