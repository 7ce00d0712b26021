import { inspect } from 'node:util';
import type { DockerLogin } from '../providers/account.ts';

/** What Docker logs in with. It is not printed by chance: in a log line, an error or JSON the password is `[secret]`. */
export class Login implements DockerLogin {
  readonly username: string;
  readonly expiresAt?: Date;
  readonly #password: string;

  constructor({ username, password, expiresAt }: DockerLogin) {
    this.username = username;
    this.#password = password;
    if (expiresAt !== undefined) this.expiresAt = expiresAt;
  }

  /** Whoever asks for it hands it straight to whom it is for. */
  get password(): string {
    return this.#password;
  }

  toJSON(): object {
    return { username: this.username, password: '[secret]', expiresAt: this.expiresAt };
  }

  [inspect.custom](): string {
    return `Login ${this.username}:[secret]`;
  }
}
