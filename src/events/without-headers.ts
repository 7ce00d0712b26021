/** Shorter values would take ordinary words away. */
const LEAST_CHARACTERS = 4;
const REMOVED = '***';

/**
 * What a receiver answered, without what an administrator has it sent: it is kept for people to read, and some receivers
 * repeat what they got.
 *
 * @param values of headers, such as `Bearer …`.
 * @param isCut the answer went on: the beginning of a value may be at its end.
 */
export function withoutHeaders(text: string, values: readonly string[], isCut: boolean): string {
  const forms = [...new Set(values.flatMap(formsOf))].filter(({ length }) => length >= LEAST_CHARACTERS);
  // The longest first: others are parts of them.
  forms.sort((a, b) => b.length - a.length);
  const removed = forms.reduce((rest, form) => rest.replaceAll(form, REMOVED), text);
  return isCut ? withoutBeginning(removed, forms) : removed;
}

/** As it is, what is behind its scheme, what that says, and each as JSON writes it. */
function formsOf(value: string): readonly string[] {
  const [, scheme = '', credentials = value] = /^(\S+) +(.+)$/.exec(value) ?? [];
  const said = scheme.toLowerCase() === 'basic' ? Buffer.from(credentials, 'base64').toString() : '';
  const password = said.slice(said.indexOf(':') + 1);
  return [value, credentials, said, password].flatMap((form) => [form, JSON.stringify(form).slice(1, -1)]);
}

function withoutBeginning(text: string, forms: readonly string[]): string {
  for (const form of forms) {
    for (let length = form.length - 1; length >= LEAST_CHARACTERS; length -= 1) {
      if (text.endsWith(form.slice(0, length))) return text.slice(0, -length) + REMOVED;
    }
  }
  return text;
}
