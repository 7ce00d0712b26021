/** What is wrong with a connection. Each has its sentence, and what to do about it. */
export const DIAGNOSES = [
  'name-not-found',
  'refused',
  'unreachable',
  'timeout',
  'tls',
  'not-a-registry',
  'wrong-credentials',
  'forbidden',
  'not-found',
  'rate-limited',
  'token-expired',
  'clock-skew',
  'denied-here',
  'paused',
  'failing',
  'malformed',
  'unsupported',
] as const;

export type Diagnosis = (typeof DIAGNOSES)[number];

export interface ProviderErrorOptions extends ErrorOptions {
  /** Of the answer that says so. */
  readonly status?: number;
  /** Nothing is asked before. */
  readonly retryAt?: Date;
  /** The certificate that was refused: whose it is, and when it counts. */
  readonly certificate?: RefusedCertificate;
}

export interface RefusedCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly names: readonly string[];
  readonly validFrom: Date;
  readonly validTo: Date;
}

/**
 * A registry, or the way to it, made something impossible. The message is for whoever owns the connection: it says what
 * is wrong and what to do, and holds no secret, nor anything that the other end said beyond its own short message.
 */
export class ProviderError extends Error {
  readonly diagnosis: Diagnosis;
  readonly status: number | undefined;
  readonly retryAt: Date | undefined;
  readonly certificate: RefusedCertificate | undefined;

  constructor(diagnosis: Diagnosis, message: string, options: ProviderErrorOptions = {}) {
    super(message, options);
    this.name = new.target.name;
    this.diagnosis = diagnosis;
    this.status = options.status;
    this.retryAt = options.retryAt;
    this.certificate = options.certificate;
  }
}
