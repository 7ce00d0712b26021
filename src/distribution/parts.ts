import type { Refusals } from '../audit/refusals.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import type { TokenService } from '../auth/token-service.ts';
import type { PullSink } from '../events/pull-events.ts';
import type { Blobs } from '../registry/blobs.ts';
import type { Manifests } from '../registry/manifests.ts';
import type { Pulls } from '../registry/pulls.ts';
import type { Names } from '../registry/names.ts';
import type { Referrers } from '../registry/referrers.ts';
import type { Uploads } from '../registry/uploads.ts';

/** Which clients are sent to the store for a blob, where it can be read there. */
export interface BlobRedirects {
  /** How long a URL is good for. */
  readonly seconds: number;
  /** @param source the client's address. */
  cover(source: string): boolean;
}

/** What the API is made of. */
export interface DistributionParts {
  readonly authenticator: Authenticator;
  readonly tokens: TokenService;
  readonly blobs: Blobs;
  readonly uploads: Uploads;
  readonly manifests: Manifests;
  /** Who pulled what is noted here. */
  readonly pulls: Pick<Pulls, 'note'>;
  /** Who is told of pulls; absent: nobody. */
  readonly pullSink?: PullSink;
  readonly names: Names;
  readonly referrers: Referrers;
  readonly isDeletionEnabled: boolean;
  /** Where it is written down that somebody was not allowed to. */
  readonly refusals?: Pick<Refusals, 'note'>;
  /** Absent: none. */
  readonly redirects?: BlobRedirects | undefined;
  /** The largest manifest, in bytes. */
  readonly manifestBytes: number;
  /** The most names on one page. */
  readonly pageSize: number;
}
