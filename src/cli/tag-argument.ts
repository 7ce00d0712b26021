import { UsageError } from './cli-error.ts';
import { contentArgument } from './content-argument.ts';

/** `NAME:TAG`. @throws {UsageError} it is not. */
export function tagArgument(text: string): { readonly repository: string; readonly tag: string } {
  const { repository, tag } = contentArgument(text);
  if (tag !== undefined) return { repository, tag };
  throw new UsageError(`"${text}" names no tag: say NAME:TAG, such as team/app:1.4.`);
}
