import type { AskedDiskJob, DiskAnswer, DiskJob } from './disk-jobs.ts';

/**
 * The program of the thread. In one executable (`bun build --compile src/main.ts src/…/disk-worker.ts`) every module has
 * the address of the whole, and a program of its own the one it has below `src/`.
 */
const PROGRAM = new URL(
  import.meta.path.endsWith('disk-thread.ts') ? './disk-worker.ts' : './storage/filesystem/threads/disk-worker.ts',
  import.meta.url,
);

/** The thread ended with work of this caller unanswered. Asking again starts another one. */
export class DiskThreadLostError extends Error {
  constructor(reason: string) {
    super(`a disk thread ended: ${reason}`);
    this.name = new.target.name;
  }
}

type Unticketed<Job> = Job extends { ticket: number } ? Omit<Job, 'ticket'> : never;

interface Asked {
  readonly answer: (result: string) => void;
  readonly fail: (error: Error) => void;
}

/** One thread for {@link DiskJob}s. It starts when the first job comes, and again after it ended. */
export class DiskThread {
  #worker: Worker | undefined;
  #tickets = 0;
  readonly #asked = new Map<number, Asked>();

  /** Hands over a job that has no answer. */
  tell(job: Exclude<DiskJob, AskedDiskJob>): void {
    // A thread that is not running has nothing to forget.
    const worker = job.kind === 'unfollow' ? this.#worker : this.#running();
    worker?.postMessage(job);
  }

  /**
   * @throws {DiskThreadLostError}
   * @throws the failed system call, with its `code`.
   */
  ask(job: Unticketed<AskedDiskJob>): Promise<string> {
    const ticket = (this.#tickets += 1);
    const worker = this.#running();
    // The process stays alive for work somebody waits for, and for nothing else of ours.
    if (this.#asked.size === 0) worker.ref();
    return new Promise((answer, fail) => {
      this.#asked.set(ticket, { answer, fail });
      worker.postMessage({ ...job, ticket });
    });
  }

  close(): void {
    this.#worker?.terminate();
    this.#lost('the store was closed');
  }

  #running(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(PROGRAM, { name: 'disk' });
    worker.unref();
    worker.addEventListener('message', ({ data }: MessageEvent<DiskAnswer>) => this.#answered(data));
    worker.addEventListener('error', ({ message }) => this.#ended(worker, message));
    worker.addEventListener('close', () => this.#ended(worker, 'it was stopped'));
    this.#worker = worker;
    return worker;
  }

  #answered(answer: DiskAnswer): void {
    const asked = this.#asked.get(answer.ticket);
    this.#asked.delete(answer.ticket);
    if (this.#asked.size === 0) this.#worker?.unref();
    if ('result' in answer) asked?.answer(answer.result);
    else asked?.fail(Object.assign(new Error(answer.failure.message), answer.failure));
  }

  #ended(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return;
    worker.terminate();
    this.#lost(reason);
  }

  #lost(reason: string): void {
    this.#worker = undefined;
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    for (const { fail } of asked) fail(new DiskThreadLostError(reason));
  }
}
