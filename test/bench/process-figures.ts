import { readFileSync } from 'node:fs';
import { descendants } from '../support/process.ts';

/** Clock ticks per second in /proc: fixed at 100 for user space on every Linux we run on. */
const TICKS_PER_SECOND = 100;

/**
 * CPU seconds, user and system together, that a process has used since it started. The kernel adds up every thread,
 * the ended ones too, so the difference of two readings is the cost of the work in between. Resolution: 10 ms.
 */
export function cpuSeconds(pid: number): number {
  const [userTicks = '', systemTicks = ''] = statFields(pid).slice(11, 13);
  return (Number(userTicks) + Number(systemTicks)) / TICKS_PER_SECOND;
}

/**
 * As {@link cpuSeconds}, of a process and all that it started, those included that ended and were waited for: what a
 * server of many processes has used.
 */
export function familyCpuSeconds(pid: number): number {
  const ticks = [pid, ...descendants(pid)].flatMap((member) => statFieldsOrNone(member).slice(11, 15).map(Number));
  return ticks.reduce((sum, some) => sum + some, 0) / TICKS_PER_SECOND;
}

/** CPU seconds that all cores together were not idle since the machine started. */
export function machineBusySeconds(): number {
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, softInterrupts = 0] = readFileSync('/proc/stat', 'utf8')
    .slice('cpu '.length, 200)
    .trim()
    .split(' ')
    .map(Number);
  return (user + nice + system + interrupts + softInterrupts) / TICKS_PER_SECOND;
}

/** The most memory that was ever resident at once (VmHWM), in bytes. */
export function peakResidentBytes(pid: number): number {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kibibytes === undefined) throw new Error(`no VmHWM for process ${pid}`);
  return Number(kibibytes) * 1024;
}

/** The fields of /proc/<pid>/stat after the command's name, which may hold spaces: field 0 here is the state. */
function statFields(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text
    .slice(text.lastIndexOf(')') + 2)
    .trim()
    .split(' ');
}

/** Of a process that may end meanwhile: its time is then its parent's. */
function statFieldsOrNone(pid: number): string[] {
  try {
    return statFields(pid);
  } catch {
    return [];
  }
}
