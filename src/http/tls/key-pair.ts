import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** Where a certificate and its key are, both PEM. */
export interface KeyPairFiles {
  /** The certificate, followed by the intermediate ones. */
  readonly certificate: string;
  readonly key: string;
}

/** A certificate and its key that belong together. */
export interface KeyPair {
  /** PEM, with the intermediate ones. */
  readonly certificate: string;
  /** PEM. A secret. */
  readonly key: string;
  readonly description: CertificateDescription;
}

/** What an operator wants to know of a certificate. */
export interface CertificateDescription {
  /** `CN=registry.lan`, on one line. */
  readonly subject: string;
  readonly issuer: string;
  /** Host names and IP addresses it holds for. */
  readonly names: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Signed by itself: clients must be given it, unless it is an authority they already trust. */
  readonly isSelfSigned: boolean;
  /** May sign other certificates. */
  readonly isAuthority: boolean;
  /** SHA-256 of the certificate, in hexadecimal with colons, as `openssl x509 -fingerprint -sha256` prints it. */
  readonly fingerprint: string;
}

/** The files are not a certificate and its key. The message names the file and what is wrong with it. */
export class KeyPairError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** @throws {KeyPairError} a file cannot be read or is something else, or the key is another certificate's. */
export async function readKeyPair(files: KeyPairFiles): Promise<KeyPair> {
  const [certificate, key] = await Promise.all([readPem(files.certificate), readPem(files.key)]);
  const parsed = parseCertificate(certificate, files.certificate);
  if (!parsed.checkPrivateKey(parseKey(key, files.key))) {
    throw new KeyPairError(`the key ${files.key} does not belong to the certificate ${files.certificate}`);
  }
  return { certificate, key, description: describe(parsed) };
}

/** Why a client would refuse it now, or `undefined`. */
export function whyNotValid({ notBefore, notAfter }: CertificateDescription, now: Date): string | undefined {
  if (now > notAfter) return `it expired on ${notAfter.toISOString()}`;
  if (now < notBefore) return `it only becomes valid on ${notBefore.toISOString()}; is the clock right?`;
  return undefined;
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new KeyPairError(`cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function parseCertificate(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new KeyPairError(`${path} holds no certificate in PEM form`, { cause });
  }
}

function parseKey(pem: string, path: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    const isEncrypted = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MISSING_PASSPHRASE';
    const what = isEncrypted
      ? 'is encrypted, and there is nobody to ask for its passphrase'
      : 'holds no private key in PEM form';
    throw new KeyPairError(`${path} ${what}`, { cause });
  }
}

function describe(certificate: X509Certificate): CertificateDescription {
  return {
    subject: certificate.subject.replaceAll('\n', ', '),
    issuer: certificate.issuer.replaceAll('\n', ', '),
    names: namesOf(certificate.subjectAltName ?? ''),
    notBefore: new Date(certificate.validFrom),
    notAfter: new Date(certificate.validTo),
    isSelfSigned: certificate.subject === certificate.issuer,
    isAuthority: certificate.ca,
    fingerprint: certificate.fingerprint256,
  };
}

/** From `DNS:registry.lan, IP Address:192.0.2.1`. */
function namesOf(alternativeNames: string): readonly string[] {
  return [...alternativeNames.matchAll(/(?:DNS|IP Address):([^,\s]+)/g)].map(([, name = '']) => name);
}
