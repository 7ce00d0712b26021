import type { UploadId } from '../oci/upload-id.ts';

interface Turn {
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

/** Another request works on the session now. */
export class TurnLostError extends Error {
  constructor() {
    super('another request took over this upload');
    this.name = new.target.name;
  }
}

/**
 * One request at a time works on an upload session. A newcomer asks the one at work to let go instead of waiting for
 * it: a client that resumes after its connection broke must not wait for us to notice that the old one is dead.
 */
export class UploadTurns {
  readonly #turns = new Map<UploadId, Turn>();

  /**
   * Runs `work` alone; its signal aborts when another request wants the session, with a {@link TurnLostError}, or when
   * `signal` does.
   */
  async take<Result>(
    id: UploadId,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    for (let current = this.#turns.get(id); current !== undefined; current = this.#turns.get(id)) {
      current.controller.abort(new TurnLostError());
      await current.ended;
    }
    const controller = new AbortController();
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    this.#turns.set(id, { controller, ended });
    try {
      return await work(AbortSignal.any([signal, controller.signal]));
    } finally {
      this.#turns.delete(id);
      end();
    }
  }

  isTaken(id: UploadId): boolean {
    return this.#turns.has(id);
  }
}
