/** The server's own rule: it is the one that decides. */
const MIN_CHARACTERS = 8;

export function isTooShort(password: string): boolean {
  return password.length < MIN_CHARACTERS;
}
