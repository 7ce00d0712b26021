/** Who tells of events: in what is sent. */
export interface Sender {
  /** Of this installation: a UUID, the same on all nodes and after moving. */
  readonly registryId: string;
  /** This process. */
  readonly node: string;
  /** By which clients reach the registry; absent where nobody said. */
  readonly publicUrl: string | undefined;
}

/** Where a manifest is found, where it is known how clients reach us. */
export function manifestUrl({ publicUrl }: Sender, repository: string, digest: string): string | undefined {
  return publicUrl === undefined ? undefined : `${publicUrl}/v2/${repository}/manifests/${digest}`;
}

/** `registry.example.org:5000`: what `WebHook-Request-Origin` and `request.host` say. */
export function hostOf({ publicUrl }: Sender): string | undefined {
  return publicUrl === undefined ? undefined : new URL(publicUrl).host;
}
