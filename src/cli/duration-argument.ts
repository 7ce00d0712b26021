import { InvalidArgumentError } from 'commander';

const SECONDS_BY_UNIT: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
  ['y', 31_536_000],
]);

/** `30d`, in seconds. @throws {InvalidArgumentError} */
export function parseDurationArgument(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,6})([a-z])$/.exec(text) ?? [];
  const seconds = SECONDS_BY_UNIT.get(unit);
  if (amount !== undefined && seconds !== undefined) return Number(amount) * seconds;
  throw new InvalidArgumentError('It must be like 30d (s, m, h, d, w, y).');
}
