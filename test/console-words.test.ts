import { describe, expect, it } from 'bun:test';
import credentials from '../console/src/words/en/credentials.json' with { type: 'json' };
import { PROVIDERS } from '../src/providers/registry.ts';

/** What the console says in two languages is what the server says in one. */
describe('what the console says of credentials', () => {
  const said = PROVIDERS.flatMap(({ kind, forms }) => forms.map((form) => ({ kind, form })));

  it('is what every kind of registry says, and of no other', () => {
    const key = ({ kind, form }: (typeof said)[number]) => `${kind}-${form.name}`;
    expect<unknown>(credentials.where).toEqual(Object.fromEntries(said.map((one) => [key(one), one.form.help.where])));
    const rights = Object.fromEntries(said.map((one) => [key(one), one.form.help.leastRights]));
    expect<unknown>(credentials.leastRights).toEqual(rights);
  });

  it('names every form', () => {
    const names = [...new Set(said.map(({ form }) => form.name))].sort();
    expect(Object.keys(credentials.form).sort()).toEqual(names);
    expect(Object.keys(credentials.secret).sort()).toEqual(names);
  });

  it('helps with every field', () => {
    const fields = said.flatMap(({ kind, form }) =>
      form.fields.map(({ name, description }) => [`${kind}-${name}`, description]),
    );
    const helps = Object.entries(credentials.field).map(([name, { help }]) => [name, help]);
    expect(Object.fromEntries(helps)).toEqual(Object.fromEntries(fields));
  });
});
