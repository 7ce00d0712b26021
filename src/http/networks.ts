import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** The text is neither an address nor a CIDR block. */
export class NetworkInvalidError extends Error {
  constructor(text: string) {
    super(`"${text}" is not an IP address or a CIDR block such as 10.0.0.0/8 or fd00::/8`);
    this.name = new.target.name;
  }
}

/** Verdicts remembered: those who ask are few and ask often, and anybody may ask. */
const MAX_VERDICTS = 1_000;

/** A set of addresses, written as blocks of them. */
export class Networks {
  readonly #blocks: readonly (readonly [Address, number])[];
  readonly #verdicts = new Map<string, boolean>();

  /** @throws {NetworkInvalidError} */
  constructor(blocks: readonly string[]) {
    this.#blocks = blocks.map(parseBlock);
  }

  get isEmpty(): boolean {
    return this.#blocks.length === 0;
  }

  /** @param address an IP address; anything else is in no network. */
  include(address: string): boolean {
    const known = this.#verdicts.get(address);
    if (known !== undefined) return known;

    const verdict = this.#match(address);
    if (this.#verdicts.size >= MAX_VERDICTS) this.#verdicts.clear();
    this.#verdicts.set(address, verdict);
    return verdict;
  }

  #match(text: string): boolean {
    if (!ipaddr.isValid(text)) return false;
    const address = ipaddr.process(text);
    return this.#blocks.some(([block, bits]) => block.kind() === address.kind() && address.match(block, bits));
  }
}

/** @throws {NetworkInvalidError} */
function parseBlock(text: string): readonly [Address, number] {
  if (ipaddr.isValidCIDR(text)) {
    const [address, bits] = ipaddr.parseCIDR(text);
    return [address, bits];
  }
  if (!ipaddr.isValid(text)) throw new NetworkInvalidError(text);
  const address = ipaddr.process(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}
