import type { RegistryUrl } from '../registry-url.ts';

/** `harbour.azurecr.io`, and `harbour-a1b2c3d4e5f6g7h8.azurecr.io` where its owner chose a label against look-alikes. */
const HOST = /^[a-z0-9]{5,50}(?:-[a-z0-9]+)?\.azurecr\.(io|cn|us)$/;

/** Where Microsoft's clouds prove who somebody is. */
const AUTHORITIES: Readonly<Record<string, string>> = {
  io: 'https://login.microsoftonline.com',
  cn: 'https://login.partner.microsoftonline.cn',
  us: 'https://login.microsoftonline.us',
};

/** Where the owner of a registry proves who they are; `undefined`: it is no registry of Azure's. */
export function authorityOf({ hostname, port, scheme }: RegistryUrl): string | undefined {
  if (port !== undefined || scheme !== 'https') return undefined;
  return AUTHORITIES[HOST.exec(hostname)?.[1] ?? ''];
}
