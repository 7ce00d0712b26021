import ipaddr from 'ipaddr.js';

/** What a certificate is for: a name, as in `registry.lan` or `*.lan`, or an address. */
export interface CertificateName {
  readonly kind: 'dns' | 'ip';
  readonly text: string;
}

/** The text can be neither a host name nor an address in a certificate. */
export class CertificateNameInvalidError extends Error {
  constructor(text: string, why: string) {
    super(`"${text}" cannot be in a certificate: ${why}`);
    this.name = new.target.name;
  }
}

const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const HOST_NAME = new RegExp(String.raw`^(?:\*\.)?${LABEL}(?:\.${LABEL})*$`);

/**
 * Reads the names and addresses by which clients call the registry. The same one twice counts once.
 *
 * @throws {CertificateNameInvalidError} a URL, a port, a space, an upper bound of DNS broken; or none at all.
 */
export function parseCertificateNames(texts: readonly string[]): readonly CertificateName[] {
  const names = new Map<string, CertificateName>();
  for (const text of texts) {
    const name = parseName(text);
    names.set(name.text, name);
  }
  if (names.size === 0) throw new CertificateNameInvalidError('', 'say at least one name or address of the registry');
  return [...names.values()];
}

function parseName(text: string): CertificateName {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (ipaddr.IPv6.isValid(bare) || ipaddr.IPv4.isValidFourPartDecimal(bare)) {
    return { kind: 'ip', text: ipaddr.process(bare).toString() };
  }
  const lower = text.toLowerCase();
  if (text.includes('/'))
    throw new CertificateNameInvalidError(text, 'it is a URL or a network; say only the host name or address');
  if (text.includes(':'))
    throw new CertificateNameInvalidError(text, 'leave out the port: a certificate holds for all of them');
  if (lower.length > 253 || !HOST_NAME.test(lower))
    throw new CertificateNameInvalidError(text, 'it is not a host name or an address');
  return { kind: 'dns', text: lower };
}
