import { warningHeader } from '../oci/warning.ts';
import type { AcceptedManifest } from '../registry/manifests.ts';

/** For whoever pulls what is about to end. */
export function pullWarning(end: Date): { readonly Warning: string } {
  return { Warning: warningHeader(`this image ends at ${end.toISOString()}: it cannot be pulled from then on`) };
}

/** For whoever pushes: when it will end, what of its labels or annotations says no time, and how little is left of a quota. */
export function pushWarning({ expiresAt, faults, quotaWarning }: AcceptedManifest): { readonly Warning?: string } {
  const end = expiresAt?.toISOString();
  const told = [
    ...(end === undefined
      ? []
      : [`this image ends at ${end}, and cannot be pulled from then on: push it again to renew it`]),
    ...faults,
    ...(quotaWarning === undefined ? [] : [quotaWarning]),
  ];
  return told.length === 0 ? {} : { Warning: warningHeader(told.join('; ')) };
}
