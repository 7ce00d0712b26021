import ipaddr from 'ipaddr.js';

type Block = readonly [address: ipaddr.IPv4 | ipaddr.IPv6, bits: number];

interface AllowedHost {
  readonly hostname: string;
  /** Absent: those of web servers. */
  readonly port: number | undefined;
}

export interface HostAndPort {
  /** Without brackets and final dot. */
  readonly hostname: string;
  readonly port: number;
}

/** What an operator let through besides the public network, for one purpose. */
export class AllowList {
  readonly #blocks: readonly Block[];
  readonly #hosts: readonly AllowedHost[];

  /**
   * @param entries `10.0.0.0/8`, `hooks.example.org`, `hooks.example.org:8080`, `127.0.0.1:9000`; with `purpose=` before
   * it, it counts for that purpose alone.
   * @throws {TypeError} the configuration let something else through.
   */
  constructor(entries: readonly string[], purpose: string) {
    const ours = entries.flatMap((entry) => {
      const [, named, rest = ''] = /^(?:([a-z-]+)=)?(.+)$/.exec(entry) ?? [];
      return named === undefined || named === purpose ? [rest] : [];
    });
    this.#blocks = ours.filter((entry) => ipaddr.isValidCIDR(entry)).map((entry) => ipaddr.parseCIDR(entry));
    this.#hosts = ours.filter((entry) => !ipaddr.isValidCIDR(entry)).map(parseHost);
  }

  /** Whether the address itself was let through: then whatever it is. */
  hasAddress(text: string): boolean {
    if (!ipaddr.isValid(text)) return false;
    const address = ipaddr.process(text);
    return this.#blocks.some(([block, bits]) => block.kind() === address.kind() && address.match(block, bits));
  }

  /** Whether the host was let through by its name: on that port, or on any of web servers. */
  hasHost({ hostname, port }: HostAndPort): boolean {
    return this.#hosts.some((host) => host.hostname === hostname && (host.port ?? port) === port);
  }

  /** Whether just that port of the host was let through. */
  hasPort({ hostname, port }: HostAndPort): boolean {
    return this.#hosts.some((host) => host.hostname === hostname && host.port === port);
  }
}

function parseHost(entry: string): AllowedHost {
  const url = URL.canParse(`http://${entry}`) ? new URL(`http://${entry}`) : undefined;
  if (url === undefined || url.hostname === '') throw new TypeError(`"${entry}" is neither a network nor a host`);
  const port = /:(\d+)$/.exec(entry)?.[1];
  return { hostname: bareHostname(url), port: port === undefined ? undefined : Number(port) };
}

/** `example.org.` is `example.org`, `[::1]` is `::1`. */
export function bareHostname({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}
