import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { counted } from '../wording.ts';
import { fail, ok, warn, type Finding } from './check.ts';

export interface CertificateFacts {
  readonly certificatePath: string;
  readonly keyPath: string;
  /** PEM text, or why it cannot be read. */
  readonly certificate: ReadText;
  readonly key: ReadText;
  /** By which clients call the registry, if that is configured. */
  readonly publicHost?: string;
}

export type ReadText = { readonly text: string } | { readonly failure: string };

const ABOUT = 'certificate';
const SOON_DAYS = 21;
const DAY_MILLISECONDS = 86_400_000;
const RENEW = 'Renew it, or make another one: havre tls init. The running server takes the new file by itself.';

export async function readTextFile(path: string): Promise<ReadText> {
  try {
    return { text: await readFile(path, 'utf8') };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

export function checkCertificate(facts: CertificateFacts, now: Date): readonly Finding[] {
  const { certificatePath, keyPath, certificate, key } = facts;
  if ('failure' in certificate) return [unreadable(certificatePath, certificate.failure)];
  if ('failure' in key) return [unreadable(keyPath, key.failure)];
  const parsed = parseCertificate(certificate.text);
  if (parsed === undefined) {
    return [fail(ABOUT, `${certificatePath} is no certificate in PEM.`, 'It begins with -----BEGIN CERTIFICATE-----.')];
  }
  return [checkPair(parsed, key.text, facts), checkDates(parsed, certificatePath, now), ...checkNames(parsed, facts)];
}

function unreadable(path: string, failure: string): Finding {
  return fail(ABOUT, `${path} cannot be read: ${failure}.`, 'Give the user that runs the server the right to read it.');
}

function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function checkPair(
  certificate: X509Certificate,
  keyPem: string,
  { keyPath, certificatePath }: CertificateFacts,
): Finding {
  try {
    if (certificate.checkPrivateKey(createPrivateKey(keyPem))) return ok(ABOUT, 'The key fits the certificate.');
  } catch {
    return fail(ABOUT, `${keyPath} is no private key in PEM, or has a passphrase.`, 'Give a key without passphrase.');
  }
  return fail(ABOUT, `${keyPath} is not the key of ${certificatePath}.`, 'Give the two that were made together.');
}

function checkDates({ validFrom, validTo }: X509Certificate, path: string, now: Date): Finding {
  const begins = new Date(validFrom);
  const ends = new Date(validTo);
  const end = ends.toISOString().slice(0, 10);
  if (now < begins) {
    const start = begins.toISOString().slice(0, 10);
    return fail(ABOUT, `${path} is good only from ${start} on.`, 'Is the clock of this machine right?');
  }
  const days = Math.floor((ends.getTime() - now.getTime()) / DAY_MILLISECONDS);
  if (ends <= now) return fail(ABOUT, `${path} ended on ${end}.`, RENEW);
  const left = `It is good until ${end}: ${counted(days, 'more day')}.`;
  return days < SOON_DAYS ? warn(ABOUT, left, RENEW) : ok(ABOUT, left);
}

function checkNames(certificate: X509Certificate, { publicHost }: CertificateFacts): readonly Finding[] {
  if (publicHost === undefined) return [];
  const isNamed =
    isIP(publicHost) === 0
      ? certificate.checkHost(publicHost) !== undefined
      : certificate.checkIP(publicHost) !== undefined;
  if (isNamed) return [ok(ABOUT, `It is for ${publicHost}, as clients call the registry.`)];
  const names = (certificate.subjectAltName ?? 'nobody').replaceAll(/(?:DNS|IP Address):/g, '');
  return [
    fail(
      ABOUT,
      `Clients call the registry ${publicHost}; the certificate is for ${names}.`,
      `havre tls init ${publicHost}`,
    ),
  ];
}
