import type { RepositoryName } from '../oci/repository-name.ts';
import { formatScope } from '../oci/scope.ts';
import { Authorizer, type AuthorizerOptions } from './authorization/authorizer.ts';
import { isPassingStatus } from './client-error.ts';
import type { RegistryAddress } from './registry-address.ts';
import { RemoteRepository } from './remote-repository.ts';
import { discard, replyError } from './reply.ts';
import { DEFAULT_RETRY, withRetries, type RetryOptions } from './retry.ts';
import { Transport, type TransportOptions, type WireRequest } from './transport.ts';

export interface RemoteRegistryOptions extends TransportOptions, AuthorizerOptions {
  readonly retry?: Partial<RetryOptions>;
  /** The largest manifest that is read. Default 4 MiB. */
  readonly manifestBytes?: number;
}

export interface RegistryRequest extends Omit<WireRequest, 'authorization' | 'url'> {
  /** A path of the registry, or a whole address that it gave us. */
  readonly url: URL | string;
  /** What a token must be good for. */
  readonly scopes: readonly string[];
  /** What it is for, in messages: `reading team/app:1.0`. */
  readonly what: string;
}

export type RepositoryAction = 'pull' | 'push';

const DEFAULT_MANIFEST_BYTES = 4 * 1024 * 1024;

/**
 * Another registry, as its client sees it: who we are there, the tokens it gave us, how often a step is tried. One for
 * each registry and login; it keeps nothing open.
 */
export class RemoteRegistry {
  readonly address: RegistryAddress;
  readonly manifestBytes: number;
  readonly retry: RetryOptions;
  readonly transport: Transport;
  readonly #authorizer: Authorizer;
  /** `undefined` until somebody asked. */
  hasReferrersApi: boolean | undefined;

  constructor(address: RegistryAddress, options: RemoteRegistryOptions) {
    this.address = address;
    this.manifestBytes = options.manifestBytes ?? DEFAULT_MANIFEST_BYTES;
    this.retry = { ...DEFAULT_RETRY, ...options.retry };
    this.transport = new Transport(address, options);
    this.#authorizer = new Authorizer(address, this.transport, options);
  }

  /** @param actions what will be done there: a token is asked for all of it at once. */
  repository(name: RepositoryName, ...actions: readonly RepositoryAction[]): RemoteRepository {
    return new RemoteRepository(this, name, formatScope({ type: 'repository', name, actions }));
  }

  /**
   * One step that may be done twice, tried until it is answered. What it answers is the caller's to judge, but for what
   * passes.
   *
   * @throws {UnreachableError}
   * @throws {UnexpectedReplyError} 429, 500, 502, 503, 504, every time.
   * @throws {LoginRefusedError}
   */
  async send(request: RegistryRequest): Promise<Response> {
    return await withRetries(this.retry, request.signal, async () => await this.sendOnce(request));
  }

  /** As {@link send}, for a step that the caller repeats in a way of its own. */
  async sendOnce(request: RegistryRequest): Promise<Response> {
    const response = await this.#authorized(request);
    if (!isPassingStatus(response.status)) return response;
    throw await replyError(this.address.name, request.what, response);
  }

  /** As {@link send}, where only these statuses are an answer. @throws {UnexpectedReplyError} any other. */
  async expect(statuses: readonly number[], request: RegistryRequest): Promise<Response> {
    const response = await this.send(request);
    if (statuses.includes(response.status)) return response;
    throw await replyError(this.address.name, request.what, response);
  }

  async #authorized({ scopes, url: where, ...request }: RegistryRequest): Promise<Response> {
    const { signal } = request;
    const url = typeof where === 'string' ? new URL(where, this.address.origin) : where;
    const sent = await this.#authorizer.headerFor(scopes, signal);
    const response = await this.transport.send({ ...request, url, authorization: sent });
    if (response.status !== 401 || !this.#isFromHere(response)) return response;
    const authorization = await this.#authorizer.answer(response, { scopes, sent, signal });
    if (authorization === undefined) return response;
    await discard(response);
    return await this.transport.send({ ...request, url, authorization });
  }

  /** A 401 of where we were redirected to asks for nothing we have. */
  #isFromHere(response: Response): boolean {
    return new URL(response.url).origin === this.address.origin;
  }
}
