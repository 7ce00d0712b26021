/** What the body of a refusal says: the first entry of `errors`, as clients show it. */
export interface ErrorReply {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** @throws {Error} the body is not the error document of the specification. */
export async function errorReply(reply: Response): Promise<ErrorReply> {
  const text = await reply.text();
  const document: { errors?: { code?: unknown; message?: unknown }[] } = JSON.parse(text);
  const first = document.errors?.[0];
  if (typeof first?.code !== 'string' || typeof first.message !== 'string') throw new Error(`no error in ${text}`);
  return { status: reply.status, code: first.code, message: first.message };
}
