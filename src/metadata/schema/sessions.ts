/** Logins of browsers, which carry a secret in a cookie. */
export interface SessionsTable {
  /** For people, who may end it by this name. It opens nothing. */
  id: string;
  /** SHA-256 of the secret, in hex: enough for 256 random bits. */
  secret_hash: string;
  principal_id: string;
  /** Of the account, when its password was checked: under another one the session is void. */
  generation: string;
  created_at: number;
  /** Behind by a minute at most. */
  last_seen_at: number;
  /** From then on it is void, however much it is used. */
  expires_at: number;
  /** The address it was begun from. */
  source: string;
  /** What began it, as it calls itself. */
  client: string;
}
