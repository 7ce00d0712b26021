import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Upload files that are there, relative to the data folder. */
export function uploadFiles(data: string): string[] {
  return filesBelow(join(data, 'uploads')).map((path) => `uploads/${path}`);
}

/** Files of `blobs/` whose digest is not one of these, and second copies of those that are. */
export function strayBlobFiles(data: string, live: ReadonlySet<string>): string[] {
  const seen = new Set<string>();
  return filesBelow(join(data, 'blobs')).filter((path) => {
    const [algorithm, , name = ''] = path.split('/');
    const digest = `${algorithm}:${name.split('.')[0]}`;
    const isStray = !live.has(digest) || seen.has(digest);
    seen.add(digest);
    return isStray;
  });
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true, encoding: 'utf8' })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
