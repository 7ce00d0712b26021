import { readdirSync, readFileSync } from 'node:fs';

/** How a command ended. */
export interface Finished {
  /** Exit status; 128 + the signal's number when a signal ended it, as in a shell. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly folder?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Instead of the environment of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Given to the command as its standard input; empty by default, never the terminal. */
  readonly input?: string;
  /** Default 120. The command is killed when they have passed, and the promise is rejected. */
  readonly seconds?: number;
}

/** Runs a command to its end. A status other than 0 is an answer, not an error. */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const seconds = options.seconds ?? 120;
  const child = Bun.spawn([...command], {
    ...(options.folder !== undefined && { cwd: options.folder }),
    env: { ...(options.environment ?? process.env), ...options.env },
    stdin: new Blob([options.input ?? '']),
    stdout: 'pipe',
    stderr: 'pipe',
  });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, seconds * 1000);
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  const status = await child.exited;
  clearTimeout(timer);
  if (isLate) throw new Error(`${command.join(' ')}: no end within ${seconds} s\n${stdout}${stderr}`);
  return { status, stdout, stderr };
}

/** As {@link run}, for a command that must succeed. @returns its standard output. */
export async function runOk(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await run(command, options);
  if (status !== 0) throw new Error(`${command.join(' ')}: status ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** The children of a process and their children, by `/proc`; nothing where there is no `/proc`. */
export function descendants(pid: number): number[] {
  const childrenByParent = new Map<number, number[]>();
  for (const entry of procEntries()) {
    const parent = parentOf(entry);
    if (parent !== undefined) childrenByParent.set(parent, [...(childrenByParent.get(parent) ?? []), entry]);
  }
  const found: number[] = [];
  const pending = [pid];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const children = childrenByParent.get(next) ?? [];
    found.push(...children);
    pending.push(...children);
  }
  return found;
}

/** A process that ended but was not waited for by its parent does not run any more. */
export function isRunning(pid: number): boolean {
  const fields = statOf(pid);
  if (fields !== undefined) return fields[0] !== 'Z';
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function procEntries(): number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
}

function parentOf(pid: number): number | undefined {
  const parent = statOf(pid)?.[1];
  return parent === undefined ? undefined : Number(parent);
}

/** `/proc/<pid>/stat` from its third field on (state, parent, …): the second is a name that may hold spaces. */
function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
