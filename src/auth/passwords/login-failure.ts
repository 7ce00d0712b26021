/** A credential was refused: for the log, and whoever counts. The same one again is not told again. */
export interface LoginFailure {
  readonly kind: 'password' | 'token';
  /** The address of the client. */
  readonly source: string;
  /** As it was sent: there may be no such user. Empty for a token that came by itself. */
  readonly account: string;
  /** Of this source for this account, within the time that failures are remembered. */
  readonly failures: number;
  /** How long this source has to wait before the next try; 0 is not at all. */
  readonly waitSeconds: number;
}
