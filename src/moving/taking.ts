import type { Actor } from '../metadata/actor.ts';
import type { Database } from '../metadata/database.ts';
import type { ManifestCache } from '../registry/manifest-cache.ts';
import type { ManifestRules } from '../registry/manifests.ts';
import type { Rules } from '../registry/rules/rules.ts';
import type { Uploads } from '../registry/uploads.ts';
import type { Store } from '../storage/blob-store.ts';
import type { ForeignBlobs } from './foreign-blobs.ts';
import type { Tally } from './tally.ts';

/** The registry, as what moves in and out needs it. */
export interface MovingParts {
  readonly db: Database;
  readonly store: Pick<Store, 'adoption' | 'read' | 'size' | 'delete'>;
  readonly uploads: Pick<Uploads, 'push'>;
  readonly cache: Pick<ManifestCache, 'forget'>;
  readonly rules: ManifestRules;
  /** The largest manifest, in bytes. */
  readonly manifestBytes: number;
  /** What keeps tags where they are, also from an import. */
  readonly repositoryRules: Rules;
  readonly now: () => Date;
}

export interface TakingOptions {
  /** Say what would come, and change nothing. */
  readonly dryRun: boolean;
  /** Whether blobs are hashed, or only manifests are. */
  readonly verify: 'full' | 'manifests';
  /** `link`: rather fail than copy. `auto`: link or clone where the disk allows it, else copy. */
  readonly transfer: 'auto' | 'link' | 'copy';
  /** Tags that name something else here are moved. Otherwise they are kept. */
  readonly overwriteTags: boolean;
  /** Whoever asked for it. Default: nobody. */
  readonly actor?: Actor;
}

/** One import, under way. */
export interface Taking {
  readonly parts: MovingParts;
  readonly options: TakingOptions;
  readonly source: ForeignBlobs;
  readonly tally: Tally;
  /** Ends it between two small steps. What was taken stays, and the next run skips it. */
  readonly signal: AbortSignal;
}

/** The import cannot go on. The message is for the person who runs it. */
export class MovingError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
