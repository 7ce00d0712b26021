/** What an address of the console names: `team/app:1.4`, `team/app@sha256:…`. */
export interface ImageReference {
  readonly repository: string;
  /** A tag, or a digest. */
  readonly reference: string;
}

export function readReference(text: string): ImageReference {
  const at = text.indexOf('@');
  if (at !== -1) return { repository: text.slice(0, at), reference: text.slice(at + 1) };
  const colon = text.lastIndexOf(':');
  return colon === -1
    ? { repository: text, reference: 'latest' }
    : { repository: text.slice(0, colon), reference: text.slice(colon + 1) };
}

/** The other way round. */
export function writeReference({ repository, reference }: ImageReference): string {
  return isDigestReference(reference) ? `${repository}@${reference}` : `${repository}:${reference}`;
}

/** No tag has a colon in it. */
export function isDigestReference(reference: string): boolean {
  return reference.includes(':');
}
