/** What the operating system asks of a server. */
export interface SignalHandlers {
  /** SIGHUP. */
  readonly reload: () => void;
  /** SIGTERM or SIGINT for the second time: whoever sends it does not want to wait. */
  readonly hurry: () => void;
}

/** Resolves at the first SIGTERM or SIGINT. */
export function untilToldToStop({ reload, hurry }: SignalHandlers): Promise<NodeJS.Signals> {
  process.on('SIGHUP', reload);
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      resolve(name);
      process.once(name, hurry);
    });
  }
  return promise;
}
