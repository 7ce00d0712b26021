import { isIP } from 'node:net';
import { type AllowList, bareHostname } from './allow-list.ts';
import { classOfAddress } from './address-class.ts';
import { EgressDeniedError } from './egress-error.ts';

/** Where a request goes, as far as the URL says. */
export interface Target {
  /** `example.org`, `192.0.2.1`, `2001:db8::1`: without brackets and final dot. */
  readonly hostname: string;
  /** Whether the host is an address: nothing is looked up. */
  readonly isAddress: boolean;
  readonly port: number;
  readonly isTls: boolean;
  /** For the `Host` header: with the port where it is not the usual one. */
  readonly host: string;
  /** With the query. */
  readonly path: string;
}

const USUAL_PORTS: ReadonlySet<number> = new Set([80, 443]);
const FIRST_PORT_OF_ANYBODY = 1024;

/** Ports from 1024 on that speak something else, which a request could be taken for (Fetch §Port blocking), and databases. */
const PORTS_OF_OTHERS: ReadonlySet<number> = new Set([
  1433, 1521, 1719, 1720, 1723, 2049, 2375, 2379, 2380, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5672, 5984,
  6000, 6379, 6443, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 9042, 9200, 9300, 10_080, 10_250, 10_255, 11_211,
  27_017,
]);

/**
 * What the URL says, if it may be called as far as that can be told without looking up its name.
 *
 * @param text as it was configured. Read once, by the rules of URLs (`http://0177.1` is `127.0.0.1`): nothing else ever
 * looks at it again.
 * @throws {EgressDeniedError}
 */
export function parseTarget(text: string, allowed: AllowList): Target {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw new EgressDeniedError('This is no URL.');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new EgressDeniedError('Only https and http URLs can be called.');
  }
  if (url.username !== '' || url.password !== '') {
    throw new EgressDeniedError('A URL with a user or a password in it is not called.');
  }
  const target = targetOf(url);
  refusePort(target, allowed);
  refuseName(target);
  const isLetThrough = allowed.hasHost(target) || (target.isAddress && allowed.hasAddress(target.hostname));
  // A name may lead into a network that was let through: that is known only once it is looked up.
  if (!target.isTls && target.isAddress && !isLetThrough) refusePlain(target);
  if (target.isAddress) refuseAddress(target, target.hostname, allowed);
  return target;
}

function targetOf(url: URL): Target {
  const hostname = bareHostname(url);
  const isTls = url.protocol === 'https:';
  return {
    hostname,
    isAddress: isIP(hostname) !== 0,
    port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
    isTls,
    host: url.host,
    path: url.pathname + url.search,
  };
}

/** @throws {EgressDeniedError} plain HTTP can be read and changed on the way: only where the operator says so. */
export function refusePlain({ hostname }: Target): never {
  throw new EgressDeniedError(
    `${hostname} is called by https only. The setting egress.allow names hosts and networks where http will do.`,
  );
}

/** @throws {EgressDeniedError} */
export function refuseAddress(target: Target, address: string, allowed: AllowList): void {
  const { hostname } = target;
  const kind = classOfAddress(address);
  if (kind === 'public' || allowed.hasAddress(address)) return;
  if (kind === 'own' && allowed.hasHost(target)) return;
  const where = kind === 'own' ? 'a private address' : 'an address that no service of the public network has';
  throw new EgressDeniedError(
    `${hostname} ${hostname === address ? 'is' : 'leads to'} ${where}. The setting egress.allow names what may be called all the same.`,
  );
}

function refusePort(target: Target, allowed: AllowList): void {
  const { hostname, port } = target;
  if (USUAL_PORTS.has(port) || allowed.hasPort(target)) return;
  if (port >= FIRST_PORT_OF_ANYBODY && !PORTS_OF_OTHERS.has(port)) return;
  throw new EgressDeniedError(
    `Port ${port} is not one of web servers. The setting egress.allow names what may be called all the same, as ${hostname}:${port}.`,
  );
}

/** A name of one label is looked up in whatever domain the resolver likes; an empty label in none. */
function refuseName({ hostname, isAddress }: Target): void {
  if (isAddress) return;
  if (
    hostname === '' ||
    hostname.length > 253 ||
    hostname.split('.').some((label) => label === '' || label.length > 63)
  ) {
    throw new EgressDeniedError('The host of the URL is no name.');
  }
}
