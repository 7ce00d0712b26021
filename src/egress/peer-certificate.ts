import { connect, type PeerCertificate as NodeCertificate } from 'node:tls';
import type { Target } from './target.ts';

/** A certificate that somebody showed. Its texts are theirs: bounded, and without control characters. */
export interface PeerCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** Names and addresses that it is for. */
  readonly names: readonly string[];
  readonly validFrom: Date;
  readonly validTo: Date;
}

const MAX_NAMES = 20;
const MAX_CHARACTERS = 200;

/**
 * Looks at the certificate that was just refused: a handshake that fails does not tell. Connects once more to the same
 * address, believes nothing, sends nothing, and closes.
 *
 * @returns `undefined` when it shows none in time.
 */
export async function lookAtCertificate(
  { target, address }: { readonly target: Target; readonly address: string },
  milliseconds: number,
): Promise<PeerCertificate | undefined> {
  const { promise, resolve } = Promise.withResolvers<PeerCertificate | undefined>();
  const socket = connect({
    host: address,
    port: target.port,
    rejectUnauthorized: false,
    ...(target.isAddress ? {} : { servername: target.hostname }),
  });
  const timer = setTimeout(() => resolve(undefined), milliseconds);
  socket.once('secureConnect', () => resolve(readCertificate(socket.getPeerCertificate())));
  socket.once('error', () => resolve(undefined));
  socket.once('close', () => resolve(undefined));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

function readCertificate(certificate: NodeCertificate | undefined): PeerCertificate | undefined {
  if (certificate?.valid_to === undefined) return undefined;
  return {
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    names: namesIn(certificate.subjectaltname ?? ''),
    validFrom: new Date(certificate.valid_from),
    validTo: new Date(certificate.valid_to),
  };
}

/** `CN=…, O=…` of a distinguished name, the common name first. */
function nameOf(name: object | undefined): string {
  const parts = Object.entries(name ?? {}).flatMap(([key, value]: [string, unknown]) =>
    [value].flat().map((part) => `${key}=${String(part)}`),
  );
  return clean(parts.sort((a, b) => Number(b.startsWith('CN=')) - Number(a.startsWith('CN='))).join(', '));
}

/** `DNS:a.example, IP Address:192.0.2.1` */
function namesIn(text: string): readonly string[] {
  return text
    .split(/,\s*/)
    .flatMap((part) => /^(?:DNS|IP Address|IP):(.+)$/.exec(part)?.[1] ?? [])
    .slice(0, MAX_NAMES)
    .map(clean);
}

function clean(text: string): string {
  return text.slice(0, MAX_CHARACTERS).replace(/\p{C}+/gu, ' ');
}
