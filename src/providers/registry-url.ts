/** Where a registry is, as a person wrote it, read once. */
export interface RegistryUrl {
  /** Without scheme and final slash, in lower case where case does not count: `ghcr.io`, `harbor.lan:8443`. */
  readonly text: string;
  /** `harbor.lan:8443` */
  readonly host: string;
  /** `harbor.lan` */
  readonly hostname: string;
  readonly port: number | undefined;
  readonly scheme: 'http' | 'https';
  /** Behind the host, without slashes around it: `project/repository`; empty: none. */
  readonly path: string;
}

/** A text is no address of a registry. The message says what one looks like. */
export class RegistryUrlError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/**
 * Reads what people paste: `docker.io`, `https://ghcr.io/owner`, `123456789.dkr.ecr.eu-west-1.amazonaws.com`. Docker
 * Hub's other names become `docker.io`.
 *
 * @throws {RegistryUrlError}
 */
export function parseRegistryUrl(text: string): RegistryUrl {
  const trimmed = text.trim();
  const [, scheme = 'https', rest = ''] = /^(?:(https?):\/\/)?(.*)$/is.exec(trimmed) ?? [];
  const isPlain = scheme.toLowerCase() === 'http';
  const candidate = `${isPlain ? 'http' : 'https'}://${rest}`;
  const url = URL.canParse(candidate) ? new URL(candidate) : undefined;
  if (url === undefined || url.hostname === '' || /[\s\\]/.test(rest) || rest.includes('://')) {
    throw new RegistryUrlError(
      `"${shown(text)}" is not where a registry is: write its host, such as ghcr.io or harbor.example.org:8443.`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new RegistryUrlError('A user or a password has no place in the URL: they have fields of their own.');
  }
  if (url.search !== '' || url.hash !== '') {
    throw new RegistryUrlError('The URL of a registry has neither "?" nor "#" in it: write its host, such as ghcr.io.');
  }
  const isHub = HUB_NAMES.has(url.hostname);
  const path = (isHub ? url.pathname.replace(/^\/v[12]\/?$/, '') : url.pathname.replace(/^\/v2\/?$/, '')).replace(
    /^\/+|\/+$/g,
    '',
  );
  const host = isHub ? 'docker.io' : url.host;
  return {
    text: path === '' ? host : `${host}/${path}`,
    host,
    hostname: isHub ? 'docker.io' : url.hostname,
    port: url.port === '' ? undefined : Number(url.port),
    scheme: isPlain ? 'http' : 'https',
    path,
  };
}

const HUB_NAMES: ReadonlySet<string> = new Set([
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
  'hub.docker.com',
  'registry.hub.docker.com',
  'www.docker.io',
]);

function shown(text: string): string {
  return text.slice(0, 100).replace(/\p{Cc}+/gu, ' ');
}
