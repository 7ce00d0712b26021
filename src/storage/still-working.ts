/** Often enough for the shortest time after which anybody takes a client for gone, in milliseconds. */
const EVERY_MILLISECONDS = 5_000;

/** Says now and then, while `work` goes on, that the client can only wait. */
export async function stillWorking<Result>(
  onProgress: ((pieceBytes: number) => void) | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  const timer = setInterval(() => onProgress?.(0), EVERY_MILLISECONDS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
