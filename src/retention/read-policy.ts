import type { PolicyDocument, PolicyKind } from './document.ts';
import { readEcr } from './ecr/read-ecr.ts';
import { readAcr } from './foreign/acr.ts';
import { readGhcr } from './foreign/ghcr.ts';
import { readGitlab } from './foreign/gitlab.ts';
import { readGoogle } from './foreign/google.ts';
import { readHarbor } from './foreign/harbor.ts';
import { readZot } from './foreign/zot.ts';
import { readNative } from './native/read-native.ts';

const READERS: Readonly<Record<PolicyKind, (text: string) => PolicyDocument>> = {
  native: readNative,
  ecr: readEcr,
  harbor: readHarbor,
  zot: readZot,
  google: readGoogle,
  gitlab: readGitlab,
  acr: readAcr,
  ghcr: readGhcr,
};

/** @throws {PolicyInvalidError} with everything that is wrong. */
export function readPolicy(kind: PolicyKind, text: string): PolicyDocument {
  return READERS[kind](text);
}
