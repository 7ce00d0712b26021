/** Whoever does something: recorded beside what was done. */
export interface Actor {
  readonly principalId: string;
  /** `user`, `token` or `anonymous`; `system` for work of our own. */
  readonly principalKind: string;
  /** For people; empty for `anonymous`. */
  readonly principalName: string;
  /** Address of the client; absent for work of our own. */
  readonly source?: string;
  /** What the client calls itself (`User-Agent`), cut at 200 characters. */
  readonly client?: string;
  readonly requestId?: string;
  readonly cause: Cause;
}

/** By what way something came about. */
export type Cause =
  /** The registry's API. */
  | 'client'
  /** The admin API or a command. */
  | 'admin'
  | 'plan'
  | 'policy'
  /** An image whose time was over. */
  | 'expiry'
  | 'garbage-collection'
  | 'import'
  | 'restore'
  /** A tag set back to where it was. */
  | 'revert'
  /** Another registry was tried, because it was time. */
  | 'check';

/** Work that nobody asked for just now. */
export function systemActor(cause: Cause): Actor {
  return { principalId: 'system', principalKind: 'system', principalName: 'havre', cause };
}
