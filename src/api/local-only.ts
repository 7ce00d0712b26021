import { isLocalAdministrator, type Identity } from '../auth/identity.ts';
import { AccessDeniedError } from '../oci/errors.ts';

/** @param why a sentence. @throws {AccessDeniedError} whoever asks is not on the control socket. */
export function requireLocal(identity: Identity, why: string): void {
  if (!isLocalAdministrator(identity)) throw new AccessDeniedError(why);
}
