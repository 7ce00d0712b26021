import { z } from 'zod';
import { isLineGenuine } from './audit-line.ts';
import { ChainCheck, type ChainCheckOptions, type ChainReport } from './chain-check.ts';

/** What a check needs of a line. */
const line = z.object({
  sequence: z.int().positive(),
  at: z.iso.datetime(),
  action: z.string(),
  details: z.record(z.string(), z.unknown()).nullable(),
  previousHash: z.string(),
  hash: z.string(),
});

/** A line of the file is none of an export. */
export class AuditLineError extends Error {
  constructor(number: number) {
    super(`Line ${number} is no line of an audit export.`);
    this.name = new.target.name;
  }
}

/**
 * Looks at an exported file, wherever it is.
 *
 * @throws {AuditLineError}
 */
export async function verifyLines(lines: AsyncIterable<string>, options: ChainCheckOptions = {}): Promise<ChainReport> {
  const check = new ChainCheck(options);
  let number = 0;
  for await (const text of lines) {
    number += 1;
    if (text === '') continue;
    const { at, ...row } = readLine(text, number);
    check.add({ ...row, at: Date.parse(at), isGenuine: isLineGenuine(text, row.hash) });
  }
  return check.end();
}

function readLine(text: string, number: number): z.output<typeof line> {
  try {
    return line.parse(JSON.parse(text));
  } catch {
    throw new AuditLineError(number);
  }
}
