/**
 * Runs a script of this folder as a process of its own, with `task` as its argument, and returns the JSON it prints.
 * The load must not share an event loop, a heap or a garbage collector with the bench or with another run.
 *
 * @param environment added to this process's own.
 * @throws {Error} the script failed; the message has what it wrote.
 */
export async function generate(script: string, task: object, environment?: Environment): Promise<unknown> {
  const path = new URL(script, import.meta.url).pathname;
  const child = Bun.spawn([process.execPath, path, JSON.stringify(task)], {
    ...(environment && { env: { ...process.env, ...environment } }),
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (child.exitCode !== 0) throw new Error(`${script} failed:\n${errors}`);
  return JSON.parse(output);
}

/** The task a generator was started with. */
export function ownTask<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T;
}

export type Environment = Readonly<Record<string, string | undefined>>;
