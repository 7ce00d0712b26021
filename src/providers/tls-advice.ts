import type { TlsFailure } from '../egress/egress-error.ts';
import type { PeerCertificate } from '../egress/peer-certificate.ts';

const MAX_NAMES_SHOWN = 5;

/** What is known of a certificate that was refused, and what to do about it. */
export function tlsAdvice(failure: TlsFailure | undefined, now: Date): string {
  const { problem, certificate } = failure ?? {};
  const shown = certificate === undefined ? '' : `${described(certificate)} `;
  switch (problem) {
    case 'other-names':
      return `${shown}Use one of its names for the connection, or have the name put into the certificate.`;
    case 'expired':
      return `${shown}Whoever runs the registry has to renew it${certificate !== undefined && certificate.validTo > now ? ', or the clock of this machine is ahead' : ''}.`;
    case 'not-yet-valid':
      return `${shown}Check the clock of this machine, which says ${now.toISOString()}.`;
    case 'self-signed':
    case 'unknown-authority':
      return `${shown}If that is as it should be, add the certificate of its authority (PEM) to the connection.`;
    case 'revoked':
      return `${shown}Whoever runs the registry has to replace it.`;
    case 'wants-certificate':
      return 'Add the certificate and key that it wants of its users to the connection.';
    case 'own-certificate':
      return 'Check that the certificate and the key of the connection are PEM, and belong together.';
    case 'own-authorities':
      return 'Check that the authorities of the connection are certificates in PEM.';
    case 'no-tls':
      return 'Check the port. If the registry has no TLS, write http:// before its name, and name it in the setting egress.allow.';
    case undefined:
      return shown.trim();
  }
}

function described({ subject, issuer, names, validFrom, validTo }: PeerCertificate): string {
  const first = names.slice(0, MAX_NAMES_SHOWN).join(', ');
  const more = names.length > MAX_NAMES_SHOWN ? ` and ${names.length - MAX_NAMES_SHOWN} more` : '';
  const whose = names.length === 0 ? subject : `${first}${more}`;
  return `It is for ${whose || 'nobody'}, signed by ${issuer || 'nobody'}, valid from ${day(validFrom)} to ${day(validTo)}.`;
}

function day(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an unknown day' : date.toISOString().slice(0, 10);
}
