import * as z from 'zod/mini';

/** A part of an address: what is absent, or makes no sense, is as it is by default, and the page is shown. */
export function orElse<Text extends string>(schema: z.ZodMiniType<Text, Text>, fallback: NoInfer<Text>) {
  // A text is never `undefined`, which the type of a default asks about.
  return z._default(z.catch(schema, fallback), fallback as never);
}
