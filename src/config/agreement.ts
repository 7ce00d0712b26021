import type { Config } from './settings.ts';

/** What is wrong with values that are each right alone. @param origins who said each, by key path. */
export function problemsTogether(
  { auth, http, tls, remote, secrets }: Config,
  origins: ReadonlyMap<string, string>,
): string[] {
  const problems: string[] = [];
  const usernameFrom = origins.get('auth.username') ?? 'default';
  if (usernameFrom !== 'default' && auth.password === undefined) {
    problems.push(`${usernameFrom} is set and auth.password (HAVRE_AUTH_PASSWORD) is not: set both, or neither.`);
  }
  const remoteParts = [remote.server, remote.username, remote.password].filter((part) => part !== undefined);
  if (remoteParts.length === 1 || remoteParts.length === 2) {
    problems.push('remote.server, remote.username and remote.password are set together, or not at all.');
  }
  if (secrets.key !== undefined && secrets.keyCommand !== undefined) {
    problems.push('secrets.key and secrets.keyCommand are both set: the key comes from one of them.');
  }
  for (const key of secrets.previousKeys?.reveal().split(/[,\s]+/) ?? []) {
    if (key === '' || Buffer.from(key, 'base64').byteLength === 32) continue;
    problems.push('secrets.previousKeys has something in it that is no key: each is 32 bytes in base64.');
  }
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
