/** Where a listener waits: a TCP address, or a socket file of this machine. */
export type ListenAddress = TcpAddress | UnixAddress;

export interface TcpAddress {
  /** `undefined`: every address of this machine, IPv6 and IPv4. */
  readonly hostname?: string;
  /** 0 lets the system choose a free one. */
  readonly port: number;
}

export interface UnixAddress {
  /** Path of the socket file. */
  readonly unix: string;
}

/** The text does not name an address to listen on. */
export class ListenAddressInvalidError extends Error {
  constructor(text: string) {
    super(
      `"${text}" is not an address to listen on: write ":5000", "127.0.0.1:5000", "[::1]:5000" or "unix:/path/to.sock"`,
    );
    this.name = new.target.name;
  }
}

/**
 * Reads `:5000`, `127.0.0.1:0`, `registry.lan:5000`, `[::]:5000` or `unix:/path/to.sock`.
 *
 * @throws {ListenAddressInvalidError} no port, a port above 65,535, or an IPv6 address without its brackets.
 */
export function parseListenAddress(text: string): ListenAddress {
  if (text.startsWith('unix:') && text.length > 5) return { unix: text.slice(5) };

  const match = /^(?:\[(?<ipv6>[0-9a-fA-F:.%a-z]+)\]|(?<name>[^:[\]/\s]*)):(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.['port'] ?? Number.NaN);
  if (match === null || port > 65_535) throw new ListenAddressInvalidError(text);

  const hostname = match.groups?.['ipv6'] ?? match.groups?.['name'] ?? '';
  return hostname === '' ? { port } : { hostname, port };
}

/** The address as a person wrote it, for messages. */
export function formatListenAddress(address: ListenAddress): string {
  if ('unix' in address) return `unix:${address.unix}`;
  const hostname = address.hostname ?? '';
  return hostname.includes(':') ? `[${hostname}]:${address.port}` : `${hostname}:${address.port}`;
}
