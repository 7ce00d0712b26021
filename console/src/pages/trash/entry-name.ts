import type { Entry } from '../../../../src/api/trash/contract.ts';

type Named = Pick<Entry, 'repository' | 'tag' | 'digest'> & { readonly firstTag?: string | null };

const SHOWN_CHARACTERS = 12;

/** As clients write it; of a digest, the beginning, where it has no tag. */
export function nameOf({ repository, tag, digest, firstTag = null }: Named): string {
  const shown = tag ?? firstTag;
  if (shown !== null) return `${repository}:${shown}`;
  return digest === null ? repository : `${repository}@${shortDigest(digest)}`;
}

export function shortDigest(digest: string): string {
  const [algorithm = '', hexadecimal = ''] = digest.split(':', 2);
  return `${algorithm}:${hexadecimal.slice(0, SHOWN_CHARACTERS)}`;
}
