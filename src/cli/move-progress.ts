import type { MoveProgressLine } from '../api/backup/contract.ts';
import { durationInWords, sizeInWords } from './wording.ts';

/** Below this, in seconds, a guess of what is left says nothing. */
const SHORTEST_GUESS_SECONDS = 3;

/** Says how far a backup, a restore or a migration is, and how long it may still take. */
export class MoveProgressWords {
  #began: { readonly seconds: number; readonly bytes: number } | undefined;
  #phase: MoveProgressLine['phase'] | undefined;

  of(line: MoveProgressLine): string {
    if (line.phase !== this.#phase) this.#began = { seconds: line.elapsedSeconds, bytes: line.bytes };
    this.#phase = line.phase;
    switch (line.phase) {
      case 'facts':
        return `Copying facts: ${line.rows.toLocaleString('en')} rows …`;
      case 'checking':
        return `Comparing facts: ${line.rows.toLocaleString('en')} rows …`;
      case 'finishing':
        return 'Finishing …';
      case 'content':
        return `Copying blobs: ${line.blobs.toLocaleString('en')} of ${line.totalBlobs.toLocaleString('en')}, ${sizeInWords(line.bytes)} of ${sizeInWords(line.totalBytes)}${this.#left(line)} …`;
    }
  }

  #left({ elapsedSeconds, bytes, totalBytes }: MoveProgressLine): string {
    if (this.#began === undefined) return '';
    const seconds = elapsedSeconds - this.#began.seconds;
    const done = bytes - this.#began.bytes;
    if (seconds < SHORTEST_GUESS_SECONDS || done <= 0) return '';
    const left = ((totalBytes - bytes) * seconds) / done;
    return left < 60 ? ', less than a minute left' : `, about ${durationInWords(Math.ceil(left / 60) * 60)} left`;
  }
}
