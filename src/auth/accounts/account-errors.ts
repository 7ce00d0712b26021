export type AccountErrorCode = 'ACCOUNT_UNKNOWN' | 'ACCOUNT_TAKEN' | 'ACCOUNT_INVALID' | 'ACCOUNT_PROTECTED';

/** Users, tokens and grants cannot be changed like this. The message is for the administrator who tried. */
export abstract class AccountError extends Error {
  abstract readonly code: AccountErrorCode;

  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

export class AccountUnknownError extends AccountError {
  override readonly code = 'ACCOUNT_UNKNOWN';
}

export class AccountTakenError extends AccountError {
  override readonly code = 'ACCOUNT_TAKEN';
}

export class AccountInvalidError extends AccountError {
  override readonly code = 'ACCOUNT_INVALID';
}

/** It would leave nobody to govern the registry, or be undone at the next start. */
export class AccountProtectedError extends AccountError {
  override readonly code = 'ACCOUNT_PROTECTED';
}
