import type { CertificateName } from './certificate-names.ts';

/** A certificate and its private key, both PEM. */
export interface PemPair {
  readonly certificate: string;
  readonly key: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
/** An authority is copied to every machine by hand: it should not have to be twice. */
const AUTHORITY_DAYS = 3_650;
/** Apple's systems trust no server certificate that lives longer. */
const SERVER_DAYS = 825;
/** Clocks of machines on a local network disagree. */
const BACKDATED_HOURS = 1;

/**
 * Makes a certificate authority of one's own: ECDSA P-256, ten years, no authorities below it.
 *
 * @param commonName what trust stores list it as. Give each authority one of its own: some tools tell them apart by it.
 */
export async function createAuthority(commonName: string, now: Date): Promise<PemPair> {
  const x509 = await loadX509();
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(now, AUTHORITY_DAYS),
    name: [{ CN: [commonName] }],
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: `${certificate.toString('pem')}\n`, key: await privateKeyPem(keys.privateKey) };
}

/**
 * Makes a certificate for a server, with a new key, signed by the authority and good for no longer than it.
 *
 * @param names what clients call the server; the first is also its common name, for those who look at it.
 */
export async function issueServerCertificate(
  authority: PemPair,
  names: readonly CertificateName[],
  now: Date,
): Promise<PemPair> {
  const x509 = await loadX509();
  const issuer = new x509.X509Certificate(authority.certificate);
  const signingKey = await crypto.subtle.importKey('pkcs8', derOf(authority.key), ALGORITHM, false, ['sign']);
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    ...within(validity(now, SERVER_DAYS), issuer.notAfter),
    subject: [{ CN: [commonNameOf(names)] }],
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names.map(({ kind, text }) => ({ type: kind, value: text }))),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { certificate: `${certificate.toString('pem')}\n`, key: await privateKeyPem(keys.privateKey) };
}

/**
 * Loaded when first needed: it costs the start 60 ms, and a server that has its certificate never needs it.
 *
 * tsyringe, by which it finds its own parts, refuses to load without the metadata half of `Reflect`. It then asks for
 * nothing that was not registered by hand, so saying "there is none" to every question is enough.
 */
async function loadX509(): Promise<typeof import('@peculiar/x509')> {
  if (!('getMetadata' in Reflect)) {
    Object.assign(Reflect, { getMetadata: nothing, getOwnMetadata: nothing, defineMetadata: nothing });
  }
  return import('@peculiar/x509');
}

function nothing(): undefined {
  return undefined;
}

function validity(now: Date, days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const notBefore = new Date(now.getTime() - BACKDATED_HOURS * 3_600_000);
  return { notBefore, notAfter: new Date(notBefore.getTime() + days * 86_400_000) };
}

function within<Span extends { readonly notAfter: Date }>(span: Span, end: Date): Span {
  return span.notAfter > end ? { ...span, notAfter: end } : span;
}

/** X.520 allows 64 characters there; the names that count are in the alternative names. */
function commonNameOf(names: readonly CertificateName[]): string {
  return (names[0]?.text ?? '').slice(0, 64);
}

function generateKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function privateKeyPem(key: CryptoKey): Promise<string> {
  const base64 = Buffer.from(await crypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${base64.replace(/.{64}/g, '$&\n').trimEnd()}\n-----END PRIVATE KEY-----\n`;
}

function derOf(pem: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64'));
}
