/** The most that all warnings of a reply may have together, in bytes: distribution-spec v1.1.1 §Warnings. */
const MAX_WARNING_BYTES = 4_096;

const PREFIX = '299 - "';

/**
 * The value of a `Warning` header, which clients show to their user. One for a reply.
 *
 * Text beyond 4,096 bytes is cut. The value has one character for each byte of UTF-8, as headers do in fetch.
 *
 * @see distribution-spec v1.1.1 §Warnings: code 299, agent `-`, never a date
 */
export function warningHeader(text: string): string {
  const printable = text.toWellFormed().replace(/\p{C}|\p{Zl}|\p{Zp}/gu, ' ');
  const room = MAX_WARNING_BYTES - PREFIX.length - 1;
  let value = '';
  for (const character of printable) {
    const bytes = utf8AsCharacters(character === '"' || character === '\\' ? `\\${character}` : character);
    if (value.length + bytes.length > room) break;
    value += bytes;
  }
  return `${PREFIX}${value}"`;
}

function utf8AsCharacters(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
