import { AuthenticationRequiredError } from '../../oci/errors.ts';

/**
 * The credential that was sent does not do, and the message tells no more than that: not whether such a user exists,
 * nor what is wrong with the password.
 */
export class CredentialsRefusedError extends AuthenticationRequiredError {
  /** For a bearer challenge (RFC 6750 §3.1): the client should ask for another token. */
  readonly error?: 'invalid_token';

  constructor({ message = 'invalid credentials', error }: { message?: string; error?: 'invalid_token' } = {}) {
    super({ message });
    if (error !== undefined) this.error = error;
  }
}
