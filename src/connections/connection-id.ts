/** Letters and digits that nobody takes for one another: without 0 and o, 1, i and l. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
const CHARACTERS = 8;

/** @param random gives so many random bytes. */
export function newConnectionId(random: (bytes: number) => Uint8Array): string {
  let id = 'reg-';
  while (id.length < 'reg-'.length + CHARACTERS) {
    for (const byte of random(CHARACTERS * 2)) {
      // Of 256 values the last few would make some characters likelier than others.
      if (byte >= 256 - (256 % ALPHABET.length) || id.length === 'reg-'.length + CHARACTERS) continue;
      id += ALPHABET[byte % ALPHABET.length];
    }
  }
  return id;
}
