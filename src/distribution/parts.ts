import type { Authenticator } from '../auth/authenticator.ts';
import type { TokenService } from '../auth/token-service.ts';
import type { Connection } from '../http/connection.ts';
import type { Blobs } from '../registry/blobs.ts';
import type { Manifests } from '../registry/manifests.ts';
import type { Names } from '../registry/names.ts';
import type { Referrers } from '../registry/referrers.ts';
import type { Uploads } from '../registry/uploads.ts';
import type { WriteChallenge } from './access.ts';

/** What the API is made of. */
export interface DistributionParts {
  readonly authenticator: Authenticator;
  readonly tokens: TokenService;
  readonly writeChallenge: (connection: Connection, wanted: Parameters<WriteChallenge>[0]) => string;
  readonly blobs: Blobs;
  readonly uploads: Uploads;
  readonly manifests: Manifests;
  readonly names: Names;
  readonly referrers: Referrers;
  readonly isDeletionEnabled: boolean;
  /** The largest manifest, in bytes. */
  readonly manifestBytes: number;
  /** How long a client may send nothing in the middle of a body, in seconds. */
  readonly bodyIdleSeconds: number;
}
