import { inspect } from 'node:util';

/** Who we are to a registry. It is never printed by chance. */
export class Login {
  /** Empty for an identity token. */
  readonly username: string;
  readonly #secret: string;
  readonly #isIdentityToken: boolean;

  private constructor(username: string, secret: string, isIdentityToken: boolean) {
    this.username = username;
    this.#secret = secret;
    this.#isIdentityToken = isIdentityToken;
  }

  static password(username: string, password: string): Login {
    return new Login(username, password, false);
  }

  /** A refresh token, as `docker login` keeps it for some registries. */
  static identityToken(token: string): Login {
    return new Login('', token, true);
  }

  /** `Authorization` for a registry or token service; an identity token has none. */
  get basic(): string | undefined {
    if (this.#isIdentityToken) return undefined;
    return `Basic ${Buffer.from(`${this.username}:${this.#secret}`).toString('base64')}`;
  }

  /** What a token service is told in the body of a POST. */
  get grant(): Readonly<Record<string, string>> {
    return this.#isIdentityToken
      ? { grant_type: 'refresh_token', refresh_token: this.#secret }
      : { grant_type: 'password', username: this.username, password: this.#secret };
  }

  toString(): string {
    return '[login]';
  }

  toJSON(): string {
    return '[login]';
  }

  [inspect.custom](): string {
    return '[login]';
  }
}
