/** What the operating system asks of a server. */
export interface SignalHandlers {
  /** SIGHUP. */
  readonly reload: () => void;
  /** SIGTERM or SIGINT for the second time: whoever sends it does not want to wait. */
  readonly hurry: () => void;
}

/**
 * Within so long a second signal is the same one: systemd sends it to every process of a service, and our launcher
 * passes on the one that it got.
 */
const ECHO_MILLISECONDS = 1000;

/** Resolves at the first SIGTERM or SIGINT. */
export function untilToldToStop({ reload, hurry }: SignalHandlers): Promise<NodeJS.Signals> {
  process.on('SIGHUP', reload);
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let toldAt: number | undefined;
  const stop = (name: NodeJS.Signals): void => {
    toldAt ??= performance.now();
    resolve(name);
    if (performance.now() - toldAt > ECHO_MILLISECONDS) hurry();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  return promise;
}
