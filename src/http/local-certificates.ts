import { randomBytes } from 'node:crypto';
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CertificateName, parseCertificateNames } from './certificate-names.ts';
import { createAuthority, issueServerCertificate, type PemPair } from './local-authority.ts';
import { type CertificateDescription, readKeyPair, whyNotValid } from './tls/key-pair.ts';

export interface LocalCertificatesOptions {
  /** Made when it does not exist. Holds `ca.crt`, `ca.key`, `server.crt` and `server.key`. */
  readonly folder: string;
  /** Names and addresses by which clients call the registry. */
  readonly names: readonly string[];
  /** Whether a server certificate that is there already is replaced. The authority never is. */
  readonly replace?: boolean;
  readonly now: Date;
}

export interface LocalCertificates {
  /** What clients must trust: this file is copied to them, and only this one. */
  readonly authorityPath: string;
  readonly certificatePath: string;
  readonly keyPath: string;
  /** Whether the authority was made now; else the one in the folder signed. */
  readonly isNewAuthority: boolean;
  readonly names: readonly CertificateName[];
  readonly authority: CertificateDescription;
  readonly server: CertificateDescription;
}

/** A file is there that would have to be overwritten. */
export class CertificateExistsError extends Error {
  readonly path: string;

  constructor(path: string) {
    super(`${path} exists already`);
    this.name = new.target.name;
    this.path = path;
  }
}

/** The authority in the folder can sign nothing. */
export class AuthorityUnusableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/**
 * Makes a server certificate signed by a local authority, and the authority if the folder has none. Keys are readable
 * by their owner only.
 *
 * @throws {CertificateNameInvalidError}
 * @throws {CertificateExistsError} a server certificate is there, and `replace` was not asked for.
 * @throws {AuthorityUnusableError} half of an authority is there, or one that expired.
 */
export async function writeLocalCertificates(options: LocalCertificatesOptions): Promise<LocalCertificates> {
  const { folder, now } = options;
  const names = parseCertificateNames(options.names);
  const server = { certificate: join(folder, 'server.crt'), key: join(folder, 'server.key') };
  const authority = { certificate: join(folder, 'ca.crt'), key: join(folder, 'ca.key') };
  for (const path of [server.certificate, server.key]) {
    if (options.replace !== true && (await exists(path))) throw new CertificateExistsError(path);
  }

  await mkdir(folder, { recursive: true });
  const hasAuthority = (await exists(authority.certificate)) || (await exists(authority.key));
  if (!hasAuthority) await writePair(authority, await createAuthority(authorityName(now), now));
  const signer = await readAuthority(authority, now);
  await writePair(server, await issueServerCertificate(signer, names, now));
  return {
    authorityPath: authority.certificate,
    certificatePath: server.certificate,
    keyPath: server.key,
    isNewAuthority: !hasAuthority,
    names,
    authority: signer.description,
    server: (await readKeyPair(server)).description,
  };
}

/** Its own among all that a machine may trust: the day, and something random. */
function authorityName(now: Date): string {
  return `Havre local authority ${now.toISOString().slice(0, 10)} ${randomBytes(3).toString('hex')}`;
}

async function readAuthority(files: PemPair, now: Date) {
  try {
    const pair = await readKeyPair(files);
    const why = pair.description.isAuthority ? whyNotValid(pair.description, now) : 'it is no authority';
    if (why === undefined) return pair;
    throw new AuthorityUnusableError(`the authority ${files.certificate} cannot sign: ${why}`);
  } catch (error) {
    if (error instanceof AuthorityUnusableError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new AuthorityUnusableError(`${why}; both files of an authority are needed, or neither`, { cause: error });
  }
}

async function writePair(files: PemPair, content: PemPair): Promise<void> {
  await writeWhole(files.key, content.key, 0o600);
  await writeWhole(files.certificate, content.certificate, 0o644);
}

/** All or nothing, so that a server that watches the file never reads half of it. */
async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  await writeFile(temporary, text, { mode, flag: 'wx' });
  await rename(temporary, path);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
