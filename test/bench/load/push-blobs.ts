import { locationOf, RegistryClient, withDigest } from '../../support/registry-client.ts';
import type { Target } from '../servers/server.ts';
import { ownTask } from './generator.ts';

/** A process that pushes slices of one file as blobs, all at once, and prints how many seconds that took. */
export interface PushBlobs {
  readonly target: Target;
  readonly path: string;
  /**
   * `patch`: what docker sends, a PATCH with the body and an empty PUT. `put`: the body in the PUT, as containerd.
   * `chunks`: a PATCH for each 64 MiB, with its range, and an empty PUT.
   */
  readonly flow: 'patch' | 'put' | 'chunks';
  readonly blobs: readonly Slice[];
}

/** Bytes `start` (included) to `end` (excluded) of the file, in one repository. */
export interface Slice {
  readonly repository: string;
  readonly start: number;
  readonly end: number;
  readonly digest: string;
}

/** Of the flow `chunks`. */
const CHUNK_BYTES = 64 << 20;

if (import.meta.main) {
  const task = ownTask<PushBlobs>();
  const began = performance.now();
  await Promise.all(task.blobs.map((slice) => pushSlice(task, slice)));
  console.log(JSON.stringify({ seconds: (performance.now() - began) / 1000 }));
}

async function pushSlice(task: PushBlobs, slice: Slice): Promise<void> {
  const client = new RegistryClient(task.target);
  const session = await client.openUpload(slice.repository);
  if (task.flow === 'put') {
    await sendSlice(task, slice, { method: 'PUT', location: withDigest(session, slice.digest), status: 201 });
    return;
  }
  const next =
    task.flow === 'patch'
      ? await sendSlice(task, slice, { method: 'PATCH', location: session, status: 202 })
      : await sendChunks(task, slice, session);
  await (await client.expect(201, 'PUT', withDigest(next, slice.digest))).arrayBuffer();
}

/** @returns where to go on. */
async function sendChunks(task: PushBlobs, { start, end, ...slice }: Slice, session: string): Promise<string> {
  let location = session;
  for (let first = start; first < end; first += CHUNK_BYTES) {
    const chunk = { ...slice, start: first, end: Math.min(first + CHUNK_BYTES, end) };
    const range = `${first - start}-${chunk.end - start - 1}`;
    location = await sendSlice(task, chunk, { method: 'PATCH', location, status: 202, range });
  }
  return location;
}

/** `Bun.file` slices go out by sendfile(2), so that the generator costs next to nothing. @returns where to go on. */
async function sendSlice(
  { target, path }: PushBlobs,
  { start, end }: Slice,
  request: { method: string; location: string; status: number; range?: string },
): Promise<string> {
  const response = await fetch(new URL(request.location, target.url), {
    method: request.method,
    headers: {
      'Content-Type': 'application/octet-stream',
      ...(request.range !== undefined && { 'Content-Range': request.range }),
      ...(target.authorization !== undefined && { Authorization: target.authorization }),
    },
    body: Bun.file(path).slice(start, end),
  });
  const text = await response.text();
  if (response.status !== request.status) throw new Error(`${request.method}: ${response.status} ${text}`);
  return locationOf(response);
}
