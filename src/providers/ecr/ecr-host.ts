import type { RegistryUrl } from '../registry-url.ts';

/** What the name of a private registry says. */
export interface EcrPlace {
  /** Twelve digits. */
  readonly account: string;
  /** `eu-west-1` */
  readonly region: string;
  /** Where its own API is. */
  readonly api: string;
  /** Where roles are assumed. */
  readonly sts: string;
}

const CLASSIC = /^(\d{12})\.dkr\.ecr(-fips)?\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/;
const DUAL_STACK = /^(\d{12})\.dkr-ecr(-fips)?\.([a-z0-9-]+)\.on\.(aws|amazonwebservices\.com\.cn)$/;

/** `undefined`: it is not the name of a private registry of Amazon's. */
export function ecrPlaceOf({ hostname, port, scheme }: RegistryUrl): EcrPlace | undefined {
  if (port !== undefined || scheme !== 'https') return undefined;
  const [, account, fips = '', region, china = ''] = CLASSIC.exec(hostname) ?? [];
  if (account !== undefined && region !== undefined) {
    const domain = `${region}.amazonaws.com${china}`;
    const api = fips === '' ? `https://api.ecr.${domain}` : `https://ecr-fips.${domain}`;
    return { account, region, api, sts: stsOf(domain, fips) };
  }
  const [, owner, isFips = '', place, suffix] = DUAL_STACK.exec(hostname) ?? [];
  if (owner === undefined || place === undefined || suffix === undefined) return undefined;
  const isChina = suffix !== 'aws';
  const api = `https://ecr${isFips}.${place}.api.${isChina ? 'amazonwebservices.com.cn' : 'aws'}`;
  return { account: owner, region: place, api, sts: stsOf(`${place}.amazonaws.com${isChina ? '.cn' : ''}`, isFips) };
}

function stsOf(domain: string, fips: string): string {
  return `https://sts${fips}.${domain}`;
}
