import type { Descriptor } from '../../oci/descriptor.ts';
import { algorithmOf, encodedOf } from '../../oci/digest.ts';
import { DigestMismatchError, isPassing, MalformedReplyError, UnreachableError } from '../client-error.ts';
import type { RemoteRepository } from '../remote-repository.ts';
import { discard, replyError } from '../reply.ts';
import { pauseBefore } from '../retry.ts';
import { anySignal, Watchdog } from '../watchdog.ts';

/**
 * Reads one blob of another registry. A cut is mended by asking for the rest; every byte is hashed once, in order, and
 * the last ones are given only when the whole has its digest.
 */
export class BlobReader {
  readonly #repository: RemoteRepository;
  readonly #descriptor: Pick<Descriptor, 'digest' | 'size'>;
  readonly #hasher: Bun.CryptoHasher;
  #hashedBytes = 0;

  constructor(repository: RemoteRepository, descriptor: Pick<Descriptor, 'digest' | 'size'>) {
    this.#repository = repository;
    this.#descriptor = descriptor;
    this.#hasher = new Bun.CryptoHasher(algorithmOf(descriptor.digest));
  }

  /**
   * The bytes from `first` on. May be called again, once the last call has ended, for bytes that got lost on their way
   * to somewhere else: from no further than was read.
   *
   * @throws {DigestMismatchError} other bytes than the digest says, or more, or fewer.
   * @throws {NotFoundError}
   */
  async *from(first: number, signal?: AbortSignal): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const { size } = this.#descriptor;
    const { retry } = this.#repository.registry;
    let at = first;
    if (size === 0) this.#check(new Uint8Array(), 0);
    for (let failures = 0; at < size;) {
      const began = at;
      try {
        for await (const piece of this.#readOn(at, signal)) {
          this.#check(piece, at);
          at += piece.byteLength;
          yield piece;
        }
        if (at < size) throw this.#cut(new Error('the reply ended early'));
      } catch (error) {
        signal?.throwIfAborted();
        failures = at > began ? 1 : failures + 1;
        const milliseconds = pauseBefore(failures, error);
        if (!isPassing(error) || failures >= retry.attempts || milliseconds === undefined) throw error;
        await retry.pause(milliseconds, signal);
      }
    }
  }

  /** One reply. */
  async *#readOn(at: number, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const { registry, name, scopes } = this.#repository;
    using watchdog = new Watchdog(registry.transport.stallSeconds);
    // Until there is a reply, the exchange has a watchdog of its own.
    watchdog.rest();
    const what = `reading ${this.#descriptor.digest} of ${name}`;
    const response = await registry.sendOnce({
      method: 'GET',
      url: `${registry.address.origin}/v2/${name}/blobs/${this.#descriptor.digest}`,
      headers: at === 0 ? {} : { Range: `bytes=${at}-` },
      scopes,
      what,
      signal: anySignal(signal, watchdog.signal),
    });
    if (response.status !== 200 && response.status !== 206)
      throw await replyError(registry.address.name, what, response);
    watchdog.feed();
    let toSkip = await bytesBefore(response, at, `${registry.address.name}: ${what}`);
    try {
      for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array<ArrayBuffer>>) {
        // Whoever takes the bytes may be slow: that is not the registry's fault.
        watchdog.rest();
        const rest = piece.subarray(Math.min(toSkip, piece.byteLength));
        toSkip -= piece.byteLength - rest.byteLength;
        if (rest.byteLength > 0) yield rest;
        watchdog.feed();
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw watchdog.signal.aborted ? this.#cut(watchdog.signal.reason) : registry.transport.broken(error);
    }
  }

  #cut(cause: unknown): UnreachableError {
    const { name } = this.#repository.registry.address;
    const reason = `${cause instanceof Error ? cause.message : 'it stopped'} while reading ${this.#descriptor.digest}.`;
    return new UnreachableError(name, reason, { cause, isPassing: true });
  }

  /** Hashes what was not hashed before, and judges when that was the last. */
  #check(piece: Uint8Array, at: number): void {
    const { digest, size } = this.#descriptor;
    const end = at + piece.byteLength;
    if (end > size) throw this.#mismatch(`it is longer than ${size} bytes`);
    if (end > this.#hashedBytes) {
      this.#hasher.update(piece.subarray(this.#hashedBytes - at));
      this.#hashedBytes = end;
      if (end < size) return;
    } else if (size > 0) return;
    if (this.#hasher.copy().digest('hex') !== encodedOf(digest)) throw this.#mismatch('it has other bytes');
  }

  #mismatch(how: string): DigestMismatchError {
    const { registry, name } = this.#repository;
    return new DigestMismatchError(`${registry.address.name}/${name}: ${this.#descriptor.digest}: ${how}.`);
  }
}

/** How many bytes of the reply come before those asked for: of a registry that knows no ranges, all earlier ones. */
async function bytesBefore(response: Response, at: number, what: string): Promise<number> {
  if (response.status === 200) return at;
  const first = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  if (first !== undefined && Number(first) === at) return 0;
  await discard(response);
  throw new MalformedReplyError(`${what}: it answers with another part than asked for.`);
}
