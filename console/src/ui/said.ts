/** What was filled in under a name; nothing, where there is no such field. */
export function textIn(said: FormData, name: string): string {
  const value = said.get(name);
  return typeof value === 'string' ? value : '';
}
