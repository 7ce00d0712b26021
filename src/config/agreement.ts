import type { Config } from './settings.ts';

/** What is wrong with values that are each right alone. */
export function problemsTogether({ http, tls }: Config): string[] {
  const problems: string[] = [];
  if (tls.certificate !== undefined && tls.key === undefined) {
    problems.push('tls.certificate is set and tls.key (HAVRE_TLS_KEY) is not: TLS needs both.');
  }
  if (tls.key !== undefined && tls.certificate === undefined) {
    problems.push('tls.key is set and tls.certificate (HAVRE_TLS_CERTIFICATE) is not: TLS needs both.');
  }
  if (http.redirectAddress !== undefined && tls.certificate === undefined) {
    problems.push('http.redirectAddress redirects to HTTPS, and there is none: set tls.certificate and tls.key.');
  }
  if (http.redirectAddress === http.address) {
    problems.push(`http.address and http.redirectAddress are both ${http.address}.`);
  }
  if (http.cors.allowCredentials && http.cors.allowedOrigins.includes('*')) {
    problems.push('http.cors.allowCredentials needs http.cors.allowedOrigins to name the pages: browsers refuse *.');
  }
  return problems;
}
