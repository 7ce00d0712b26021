/** How far a copy is. Read at any time, by whoever shows it. */
export class CopyProgress {
  readonly blobs = { total: 0, copied: 0, mounted: 0, present: 0 };
  readonly manifests = { copied: 0, present: 0, missing: 0 };
  /** Manifests that refer to one that was copied: signatures, attestations, lists of parts. */
  referrers = 0;
  /** To be sent, as far as is known, and sent. */
  readonly bytes = { total: 0, sent: 0 };

  blobFound(size: number): void {
    this.blobs.total++;
    this.bytes.total += size;
  }

  /** It need not be sent. */
  blobSpared(how: 'mounted' | 'present', size: number): void {
    this.blobs[how]++;
    this.bytes.total -= size;
  }

  /** Follows one blob on its way, back too: after a cut some of it is sent again. */
  followBlob(): (offset: number) => void {
    let before = 0;
    return (offset) => {
      this.bytes.sent += offset - before;
      before = offset;
    };
  }
}
