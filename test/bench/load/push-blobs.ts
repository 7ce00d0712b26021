import { openUpload, send, withDigest, type Target } from '../push.ts';
import { ownTask } from './generator.ts';

/** A process that pushes slices of one file as blobs, all at once, and prints how many seconds that took. */
export interface PushBlobs {
  readonly target: Target;
  readonly path: string;
  /** `patch`: what docker sends, a PATCH with the body and an empty PUT. `put`: the body in the PUT, as containerd. */
  readonly flow: 'patch' | 'put';
  readonly blobs: readonly Slice[];
}

/** Bytes `start` (included) to `end` (excluded) of the file, in one repository. */
export interface Slice {
  readonly repository: string;
  readonly start: number;
  readonly end: number;
  readonly digest: string;
}

if (import.meta.main) {
  const task = ownTask<PushBlobs>();
  const began = performance.now();
  await Promise.all(task.blobs.map((slice) => pushSlice(task, slice)));
  console.log(JSON.stringify({ seconds: (performance.now() - began) / 1000 }));
}

/** `Bun.file` slices go out by sendfile(2), so that the generator costs next to nothing. */
async function pushSlice(task: PushBlobs, slice: Slice): Promise<void> {
  const body = Bun.file(task.path).slice(slice.start, slice.end);
  const headers = { 'Content-Type': 'application/octet-stream' };
  const upload = await openUpload(task.target, slice.repository);
  if (task.flow === 'put') {
    await send(task.target, withDigest(upload, slice.digest), { method: 'PUT', headers, body }, 201);
    return;
  }
  const patched = await send(task.target, upload, { method: 'PATCH', headers, body }, 202);
  const next = new URL(patched.headers.get('location') ?? upload, upload).href;
  await send(task.target, withDigest(next, slice.digest), { method: 'PUT' }, 201);
}
