/** `1 blob`, `2 blobs`. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? singular : plural}`;
}

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `3.4 MiB`. */
export function sizeInWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  let size = bytes;
  let unit = '';
  for (const next of UNITS) {
    if (size < 1024) break;
    size /= 1024;
    unit = next;
  }
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${unit}`;
}

/** `3.4 MiB (3,565,158 bytes)`: for people, and exactly. */
export function sizeBothWays(bytes: number): string {
  return bytes < 1024 ? sizeInWords(bytes) : `${sizeInWords(bytes)} (${bytes.toLocaleString('en')} bytes)`;
}

/** `2026-11-20 10:00 UTC`, from RFC 3339. */
export function timeInWords(timestamp: string): string {
  return `${new Date(timestamp).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

const SECONDS_BY_UNIT = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** `2 days`, `90 minutes`, `1 hour`: in the largest unit that is exact. */
export function durationInWords(seconds: number): string {
  const unit = SECONDS_BY_UNIT.find(([, length]) => seconds >= length && seconds % length === 0);
  return unit === undefined ? counted(seconds, 'second') : counted(seconds / unit[1], unit[0]);
}

/** What comes from a server must not move the cursor or ring the bell. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '\uFFFD');
}

/** `pull, push in team/**, and pull in base/*`. */
export function rulesInWords(
  rules: readonly { readonly pattern: string; readonly actions: readonly string[] }[],
): string {
  return rules.map(({ pattern, actions }) => `${actions.join(', ')} in ${pattern}`).join(', and ');
}
