declare const uploadIdBrand: unique symbol;
/** The unguessable name of an upload session: a UUID of 122 random bits. */
export type UploadId = string & { readonly [uploadIdBrand]: true };

export function newUploadId(): UploadId {
  return crypto.randomUUID() as UploadId;
}

/** Reads an upload id from a URL; anything but a lowercase UUID is `undefined`, because no such session can exist. */
export function parseUploadId(text: string): UploadId | undefined {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ? (text as UploadId) : undefined;
}
