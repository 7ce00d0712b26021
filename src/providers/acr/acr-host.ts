import type { RegistryUrl } from '../registry-url.ts';

/** `harbour.azurecr.io`, and `harbour-a1b2c3d4e5f6g7h8.azurecr.io` where its owner chose a label against look-alikes. */
const HOST = /^[a-z0-9]{5,50}(?:-[a-z0-9]+)?\.azurecr\.(io|cn|us)$/;

/** Where Microsoft's clouds prove who somebody is, and manage what they have. */
const PLACES: Readonly<Record<string, AzurePlace>> = {
  io: { authority: 'https://login.microsoftonline.com', management: 'https://management.azure.com' },
  cn: { authority: 'https://login.partner.microsoftonline.cn', management: 'https://management.chinacloudapi.cn' },
  us: { authority: 'https://login.microsoftonline.us', management: 'https://management.usgovcloudapi.net' },
};

/** One of Microsoft's clouds. */
export interface AzurePlace {
  /** Entra ID. */
  readonly authority: string;
  /** Azure Resource Manager. */
  readonly management: string;
}

/** Where the owner of a registry proves who they are; `undefined`: it is no registry of Azure's. */
export function authorityOf(url: RegistryUrl): string | undefined {
  return placeOf(url)?.authority;
}

/** The cloud that a registry is in; `undefined`: it is no registry of Azure's. */
export function placeOf({ hostname, port, scheme }: RegistryUrl): AzurePlace | undefined {
  if (port !== undefined || scheme !== 'https') return undefined;
  return PLACES[HOST.exec(hostname)?.[1] ?? ''];
}
