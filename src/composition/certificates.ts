import { resolve } from 'node:path';
import { CliError } from '../cli/cli-error.ts';
import type { MadeCertificates, WantedCertificates } from '../cli/cli-host.ts';
import { CertificateNameInvalidError } from '../http/certificate-names.ts';
import { AuthorityUnusableError, writeLocalCertificates } from '../http/local-certificates.ts';

/** For `havre tls init`: asked for again, the same authority signs another server certificate. */
export async function makeCertificates({ folder, names }: WantedCertificates): Promise<MadeCertificates> {
  try {
    const made = await writeLocalCertificates({ folder: resolve(folder), names, replace: true, now: new Date() });
    return {
      authorityCertificate: made.authorityPath,
      certificate: made.certificatePath,
      key: made.keyPath,
      isNewAuthority: made.isNewAuthority,
      expiresAt: made.server.notAfter,
    };
  } catch (error) {
    if (error instanceof CertificateNameInvalidError || error instanceof AuthorityUnusableError || isOfFiles(error)) {
      throw new CliError(error.message, { cause: error });
    }
    throw error;
  }
}

/** No permission, no space, not a folder: the message of the system names the file. */
function isOfFiles(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}
