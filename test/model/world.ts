import type { RegistryClient } from '../support/registry-client.ts';

/** What was deleted together, as the trash names it. */
export interface TrashedThing {
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** A registry as the model's clients see it, whether it runs in this process or is killed again and again. */
export interface World {
  readonly client: RegistryClient;
  /** What is deleted can be restored for so long. */
  readonly keepSeconds: number;
  /** What a client was told is here stays for so long. */
  readonly graceSeconds: number;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Lets time pass, where that is ours to say; elsewhere does nothing. */
  wait(seconds: number): Promise<void>;
  deleteRepository(repository: string): Promise<void>;
  /** Restores the latest entry of the trash that fits. @returns `false` when there is none: all of it is back. */
  restore(thing: TrashedThing): Promise<boolean>;
  /** Deletes what is untagged in the repository, by a policy. */
  runPolicy(repository: string): Promise<void>;
  collect(): Promise<void>;
  /** Waits until a registry that was killed serves again. */
  recovered(): Promise<void>;
  /** Whether an answer may be lost: then what was asked for may have been done. */
  readonly mayFail: boolean;
}
