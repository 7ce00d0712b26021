import type { CopyProgress } from '../copying/progress.ts';
import type { ProgressLine } from './progress-line.ts';
import { counted, sizeInWords } from './wording.ts';

const REDRAW_MILLISECONDS = 200;
/** Over which the rate is taken: shorter jumps about, longer does not notice that the line got slow. */
const RATE_SECONDS = 5;
const BAR_CHARACTERS = 20;

/** Redraws a line at a terminal until it is stopped. */
export function showCopyProgress(progress: CopyProgress, line: ProgressLine): Disposable {
  const samples: { at: number; bytes: number }[] = [];
  const draw = (): void => {
    const now = performance.now() / 1000;
    samples.push({ at: now, bytes: progress.bytes.sent });
    while ((samples[0]?.at ?? now) < now - RATE_SECONDS) samples.shift();
    const [first] = samples;
    const seconds = now - (first?.at ?? now);
    const rate = seconds === 0 ? 0 : Math.max(0, (progress.bytes.sent - (first?.bytes ?? 0)) / seconds);
    line.show(copyBar(progress, rate));
  };
  const timer = setInterval(draw, REDRAW_MILLISECONDS);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      line.clear();
    },
  };
}

/** @param rate bytes per second. */
export function copyBar({ bytes, blobs, manifests }: CopyProgress, rate: number): string {
  const done = blobs.copied + blobs.mounted + blobs.present;
  const counts = `${done} of ${counted(blobs.total, 'blob')}, ${counted(manifests.copied + manifests.present, 'manifest')}`;
  if (bytes.total === 0) return counts;
  const part = Math.min(1, bytes.sent / bytes.total);
  const filled = Math.floor(part * BAR_CHARACTERS);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR_CHARACTERS - filled)}]`;
  const size = `${sizeInWords(bytes.sent)} of ${sizeInWords(bytes.total)}`;
  const left = rate < 1 ? '' : `  ${leftInWords((bytes.total - bytes.sent) / rate)} left`;
  return `${bar} ${String(Math.floor(part * 100)).padStart(3)} %  ${size}  ${sizeInWords(Math.round(rate))}/s  ${counts}${left}`;
}

function leftInWords(seconds: number): string {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
