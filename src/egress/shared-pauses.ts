/** What upstreams asked the nodes of a cluster for, each of which calls them by itself. */
export interface SharedPauses {
  /** Until when any of them was asked to wait, in milliseconds since the epoch; `undefined`: none was. */
  find(upstream: string): Promise<number | undefined>;
  /** This one was asked to. */
  tell(upstream: string, until: number): Promise<void>;
}
