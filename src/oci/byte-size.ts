const POWERS = 'bkmgtp';

/** `10GiB` is binary and `10GB` decimal, as in the configuration. @returns bytes; `undefined` for what is no size. */
export function parseByteSize(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,3})?) ?(?:([kmgtp])(i?)b|b)?$/i.exec(text.trim());
  if (match === null) return undefined;
  const [, amount = '', letter = 'b', binary = ''] = match;
  const bytes = Number(amount) * (binary === '' ? 1000 : 1024) ** POWERS.indexOf(letter.toLowerCase());
  return Number.isSafeInteger(Math.round(bytes)) ? Math.round(bytes) : undefined;
}
