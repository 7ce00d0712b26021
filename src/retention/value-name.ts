/** How a message calls a value that somebody wrote: `"days"`, `a list`. */
export function nameOf(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  // What became of text that is no number.
  if (Number.isNaN(value)) return 'text';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
