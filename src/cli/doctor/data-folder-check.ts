import type { Stats } from 'node:fs';
import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { counted, sizeInWords } from '../wording.ts';
import { fail, ok, warn, type Finding } from './check.ts';

/** What can be seen of the data folder, or, when it is not there yet, of the folder it will be made in. */
export interface DataFolderFacts {
  readonly path: string;
  readonly exists: boolean;
  readonly isFolder: boolean;
  readonly isWritable: boolean;
  /** User ids, where the system has them. */
  readonly owner?: number;
  readonly self?: number;
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** 0 of 0 where the file system has no such limit. */
  readonly freeFiles: number;
  readonly totalFiles: number;
}

const ABOUT = 'data folder';
const DISK = 'disk';
/** Less than most images; a push then fails. */
const TOO_LITTLE_BYTES = 1024 ** 3;
const LITTLE_SHARE = 0.1;

export async function dataFolderFacts(path: string): Promise<DataFolderFacts> {
  const found = await statOf(path);
  const place = found === undefined ? await nearestFolder(dirname(path)) : path;
  const { bavail, blocks, bsize, ffree, files } = await statfs(place);
  const self = process.getuid?.();
  return {
    path,
    exists: found !== undefined,
    isFolder: found?.isDirectory() ?? false,
    isWritable: await isWritable(place),
    ...(found === undefined ? {} : { owner: found.uid }),
    ...(self === undefined ? {} : { self }),
    freeBytes: bavail * bsize,
    totalBytes: blocks * bsize,
    freeFiles: ffree,
    totalFiles: files,
  };
}

/** @param holder who works with it now, if anybody does. */
export function checkDataFolder(facts: DataFolderFacts, holder: string | undefined): readonly Finding[] {
  const folder = checkFolder(facts, holder);
  return folder.level === 'fail' ? [folder] : [folder, checkSpace(facts), ...checkFiles(facts)];
}

function checkFolder(facts: DataFolderFacts, holder: string | undefined): Finding {
  const { path, exists, isFolder, isWritable: canWrite, owner, self } = facts;
  if (exists && !isFolder) return fail(ABOUT, `${path} is a file.`, 'Name a folder with HAVRE_DATA or --data.');
  if (!canWrite) {
    const who = owner === undefined || owner === self ? '' : ` It belongs to user ${owner}, and this is user ${self}.`;
    const advice =
      self === undefined ? 'Give this user the right to write there.' : `For example: chown -R ${self} ${path}`;
    return fail(ABOUT, `${path} cannot be written.${who}`, advice);
  }
  if (!exists) return ok(ABOUT, `${path} is not there yet; the first start makes it.`);
  if (owner !== undefined && self !== undefined && owner !== self) {
    return warn(
      ABOUT,
      `${path} belongs to user ${owner}, and this is user ${self}.`,
      'Run the server and its commands as one user, else one makes files that the other cannot change.',
    );
  }
  const use = holder === undefined ? 'nobody works with it now' : `in use by ${holder}`;
  return ok(ABOUT, `${path} can be written; ${use}.`);
}

function checkSpace({ freeBytes, totalBytes }: DataFolderFacts): Finding {
  const free = `${sizeInWords(freeBytes)} of ${sizeInWords(totalBytes)} are free`;
  if (freeBytes < TOO_LITTLE_BYTES) return fail(DISK, `Only ${free}: pushes fail.`, MAKE_SPACE);
  if (freeBytes < totalBytes * LITTLE_SHARE) return warn(DISK, `Only ${free}.`, MAKE_SPACE);
  return ok(DISK, `${free}.`);
}

const MAKE_SPACE = 'Delete what is not needed and run `havre garbage-collect`, or make the disk larger.';

function checkFiles({ freeFiles, totalFiles }: DataFolderFacts): readonly Finding[] {
  if (totalFiles === 0) return [];
  const free = `${counted(freeFiles, 'more file')} can be made on this disk`;
  if (freeFiles < 1000) return [fail('inodes', `Only ${free}: pushes fail.`, 'Remove small files on this disk.')];
  if (freeFiles < totalFiles * LITTLE_SHARE)
    return [warn('inodes', `Only ${free}.`, 'Remove small files on this disk.')];
  return [ok('inodes', `${free}.`)];
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch {
    return undefined;
  }
}

async function nearestFolder(path: string): Promise<string> {
  const found = await statOf(path);
  return found?.isDirectory() === true || dirname(path) === path ? path : nearestFolder(dirname(path));
}

async function isWritable(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
