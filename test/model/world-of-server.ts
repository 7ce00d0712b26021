import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/ports.ts';
import { RegistryClient, UnexpectedReplyError } from '../support/registry-client.ts';
import { startHavre, type RunningHavre } from '../support/server.ts';
import type { TrashedThing, World } from './world.ts';

const KEEP_SECONDS = 15;
const GRACE_SECONDS = 8;
const RECOVERY_SECONDS = 60;

/** All but the newest of what has no tag. */
const UNTAGGED = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: 'untagged', countType: 'imageCountMoreThan', countNumber: 1 },
      action: { type: 'expire' },
    },
  ],
});

const JSON_BODY = { 'content-type': 'application/json' };

/** The real program, killed whenever the test likes: what is asked of it meanwhile may be done, or not. */
export class WorldOfServer implements World, AsyncDisposable {
  readonly keepSeconds = KEEP_SECONDS;
  readonly graceSeconds = GRACE_SECONDS;
  readonly mayFail = true;
  readonly #start: () => Promise<RunningHavre>;
  readonly #policies = new Set<string>();
  #server: RunningHavre;

  private constructor(server: RunningHavre, start: () => Promise<RunningHavre>) {
    this.#server = server;
    this.#start = start;
  }

  /** @param env what differs, such as the database. */
  static async open(data: string, env: Readonly<Record<string, string>>): Promise<WorldOfServer> {
    const port = await freePort();
    const start = (): Promise<RunningHavre> =>
      startHavre({
        data,
        port,
        env: {
          HAVRE_TRASH_KEEP_SECONDS: String(KEEP_SECONDS),
          HAVRE_GC_GRACE_SECONDS: String(GRACE_SECONDS),
          HAVRE_GC_INTERVAL_SECONDS: '3',
          // Clients that are cut off leave sessions behind.
          HAVRE_UPLOADS_EXPIRE_SECONDS: '60',
          ...env,
        },
      });
    return new WorldOfServer(await start(), start);
  }

  get client(): RegistryClient {
    return new RegistryClient(this.#server);
  }

  now(): number {
    return Date.now();
  }

  async wait(): Promise<void> {
    // Here time passes by itself.
  }

  async deleteRepository(repository: string): Promise<void> {
    await this.#ask('DELETE', `/api/v1/repositories/${encodeURIComponent(repository)}`);
  }

  async restore(thing: TrashedThing): Promise<boolean> {
    try {
      await this.#ask('POST', '/api/v1/trash/restore', thing);
      return true;
    } catch (error) {
      if (error instanceof UnexpectedReplyError && error.status === 404) return false;
      throw error;
    }
  }

  async runPolicy(repository: string): Promise<void> {
    const name = repository.replaceAll('/', '-');
    if (!this.#policies.has(name)) {
      const policy = { name, kind: 'ecr', patterns: [repository], document: UNTAGGED };
      try {
        await this.#ask('POST', '/api/v1/policies', policy);
      } catch (error) {
        // The answer to the first time may have been lost.
        if (!(error instanceof UnexpectedReplyError && error.status === 409)) throw error;
      }
      this.#policies.add(name);
    }
    await this.#lines(`/api/v1/policies/${name}/run`);
  }

  async collect(): Promise<void> {
    await this.#lines('/api/v1/garbage-collection');
  }

  async recovered(): Promise<void> {
    await eventually(
      'the server serves again',
      async () => void (await this.client.expect(200, 'GET', '/readyz')),
      RECOVERY_SECONDS,
    );
  }

  /** SIGKILL, and a new start on the same folder. */
  async dieAndRise(): Promise<void> {
    await this.#server.kill();
    this.#server = await this.#start();
  }

  async stop(): Promise<number> {
    return this.#server.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }

  async #ask(method: string, path: string, body?: object): Promise<string> {
    const sent = body === undefined ? {} : { body: new TextEncoder().encode(JSON.stringify(body)) };
    const reply = await this.client.send(method, path, { headers: JSON_BODY, ...sent });
    const text = await reply.text();
    if (!reply.ok) throw new UnexpectedReplyError(`${method} ${path}`, reply.status, text);
    return text;
  }

  /** Work that tells of itself in lines; somebody else may be doing it. */
  async #lines(path: string): Promise<void> {
    try {
      const text = await this.#ask('POST', path, {});
      if (!text.includes('"done"')) throw new Error(`${path} did not end: ${text.slice(-300)}`);
    } catch (error) {
      if (!(error instanceof UnexpectedReplyError && error.status === 409)) throw error;
    }
  }
}
