/** Something that was not taken over, and why. */
export interface Finding {
  /** `kept`: a tag that is here already, and names something else here. The others are broken in the source. */
  readonly kind: 'repository' | 'manifest' | 'tag' | 'blob' | 'kept';
  /** As the source names it. */
  readonly repository?: string;
  /** A digest, a tag, or a name. */
  readonly item: string;
  /** A sentence. */
  readonly reason: string;
}

export interface Counts {
  readonly repositories: number;
  readonly manifests: number;
  readonly tags: number;
  readonly blobs: number;
}

export interface MovingReport {
  /** What is here now and was not before; in a dry run, what would be. */
  readonly imported: Counts & {
    /** Of blobs. */
    readonly bytes: number;
  };
  /** How the bytes came: blobs by each way. */
  readonly ways: Readonly<Record<Way, number>>;
  /** What was here already. */
  readonly skipped: Pick<Counts, 'manifests' | 'tags'>;
  /** Tags that name something else here, and were left so. */
  readonly kept: number;
  readonly broken: number;
}

export type Way = 'linked' | 'cloned' | 'copied' | 'in-place';

type Writable<Read> = { -readonly [Key in keyof Read]: Read[Key] };

/** Counts what an import does, and hands on what it finds. */
export class Tally {
  readonly imported: Writable<MovingReport['imported']> = {
    repositories: 0,
    manifests: 0,
    tags: 0,
    blobs: 0,
    bytes: 0,
  };
  readonly ways: Writable<MovingReport['ways']> = { linked: 0, cloned: 0, copied: 0, 'in-place': 0 };
  readonly skipped: Writable<MovingReport['skipped']> = { manifests: 0, tags: 0 };
  kept = 0;
  broken = 0;
  /** How many manifests the source has, as far as somebody counted them. */
  expectedManifests: number | undefined;
  /** Manifests that are done with, one way or another. */
  doneManifests = 0;
  readonly #onFinding: (finding: Finding) => Promise<void> | undefined;

  constructor(onFinding: (finding: Finding) => Promise<void> | undefined) {
    this.#onFinding = onFinding;
  }

  /** To be awaited: whoever is told may be slower than we are. */
  async found(finding: Finding): Promise<void> {
    if (finding.kind === 'kept') this.kept += 1;
    else this.broken += 1;
    await this.#onFinding(finding);
  }

  report(): MovingReport {
    return {
      imported: { ...this.imported },
      ways: { ...this.ways },
      skipped: { ...this.skipped },
      kept: this.kept,
      broken: this.broken,
    };
  }
}
