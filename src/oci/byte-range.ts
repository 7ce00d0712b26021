/** Both ends are included, in bytes, as in a `Content-Range` header. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** More ranges than this in one request get the full content: each costs a part header and a read. */
export const MAX_RANGES = 64;

const RANGE_SPEC = /^[ \t]*(?:(\d+)-(\d*)|-(\d+))[ \t]*$/;

/**
 * Reads a `Range` header for content of `sizeBytes`.
 *
 * An array has between 2 and {@link MAX_RANGES} ranges, in the order asked for. `'unsatisfiable'` is a 416. `undefined`
 * asks for the full content: there is no header, we cannot read it, or its ranges are too many or together larger than
 * the content (RFC 9110 §14.2 lets a server ignore those).
 *
 * A range whose end is before its start is invalid, and RFC 9110 would have it ignored; the conformance suite of
 * distribution-spec asks for a 416.
 */
export function parseRange(
  header: string | null | undefined,
  sizeBytes: number,
): ByteRange | readonly ByteRange[] | 'unsatisfiable' | undefined {
  if (header === null || header === undefined) return undefined;
  if (!/^bytes=/i.test(header)) return undefined;
  const specs = header.slice('bytes='.length).split(',', MAX_RANGES + 1);
  if (specs.length > MAX_RANGES) return undefined;

  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    const range = parseOne(spec, sizeBytes);
    if (range === undefined) return undefined;
    if (range !== 'unsatisfiable') ranges.push(range);
  }
  if (ranges.length <= 1) return ranges[0] ?? 'unsatisfiable';
  const totalBytes = ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  return totalBytes > sizeBytes ? undefined : ranges;
}

/** `undefined`: not the grammar. Numbers too large for a `number` become larger than any size, which is what they mean. */
function parseOne(spec: string, sizeBytes: number): ByteRange | 'unsatisfiable' | undefined {
  const match = RANGE_SPEC.exec(spec);
  if (match === null) return undefined;
  const [, from, to, suffix] = match;
  if (suffix !== undefined) {
    const bytes = Math.min(Number(suffix), sizeBytes);
    return bytes === 0 ? 'unsatisfiable' : { first: sizeBytes - bytes, last: sizeBytes - 1 };
  }
  const first = Number(from);
  const last = to === undefined || to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
  return first >= sizeBytes || first > last ? 'unsatisfiable' : { first, last };
}
