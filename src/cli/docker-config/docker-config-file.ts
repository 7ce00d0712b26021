import { randomUUID } from 'node:crypto';
import { mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CliError } from '../cli-error.ts';

/** What `~/.docker/config.json` and podman's `auth.json` may have, as far as we write it; the rest stays as it is. */
export interface DockerConfigDocument {
  readonly auths?: Readonly<Record<string, unknown>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
  readonly [other: string]: unknown;
}

/**
 * Adds to what a file has: entries of ours take the place of those with the same key, and nothing else is touched.
 *
 * @returns the remarks that whoever wrote the file should read, a sentence each.
 */
export function merged(
  existing: DockerConfigDocument,
  added: DockerConfigDocument,
): { readonly document: DockerConfigDocument; readonly remarks: readonly string[] } {
  const document = {
    ...existing,
    ...(added.auths !== undefined && { auths: { ...existing.auths, ...added.auths } }),
    ...(added.credHelpers !== undefined && { credHelpers: { ...existing.credHelpers, ...added.credHelpers } }),
  };
  return { document, remarks: remarksOn(document, Object.keys(added.auths ?? {})) };
}

/** What in the file is stronger than the logins just written to it. */
function remarksOn(
  { credHelpers = {}, credsStore }: DockerConfigDocument,
  written: readonly string[],
): readonly string[] {
  const hidden = written.filter((key) => credHelpers[key] !== undefined);
  const remarks = hidden.map(
    (key) => `credHelpers names docker-credential-${credHelpers[key]} for ${key}: that is asked first.`,
  );
  if (credsStore !== undefined && credsStore !== '' && written.length > hidden.length) {
    remarks.push(
      `credsStore is ${credsStore}: docker asks docker-credential-${credsStore}, and does not look at the logins in this file.`,
    );
  }
  return remarks;
}

/**
 * Reads such a file; `undefined` when there is none.
 *
 * @throws {CliError} it is something else, and is left alone.
 */
export async function readDockerConfig(path: string): Promise<DockerConfigDocument | undefined> {
  const text = await textOf(path);
  if (text === undefined) return undefined;
  if (text.trim() === '') return {};
  const document = parsed(text);
  const isUsable =
    isMapping(document) &&
    [document['auths'], document['credHelpers']].every((part) => part === undefined || isMapping(part));
  if (!isUsable) throw new CliError(`${path} is no configuration of docker: it is left as it is.`);
  return document as DockerConfigDocument;
}

/**
 * Writes it whole, for its owner alone, in the place of the one that is there: whoever reads it meanwhile sees the old
 * one or the new one. Where the path is a link, what it points at is replaced.
 *
 * @throws {CliError}
 */
export async function writeDockerConfig(path: string, document: DockerConfigDocument): Promise<void> {
  const place = await realpath(path).catch(() => path);
  const draft = `${place}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(place), { recursive: true, mode: 0o700 });
    await writeFile(draft, `${JSON.stringify(document, null, '\t')}\n`, { mode: 0o600, flag: 'wx' });
    await rename(draft, place);
  } catch (error) {
    await rm(draft, { force: true });
    throw new CliError(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new CliError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
