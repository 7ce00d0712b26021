import { readCollectionState } from '../gc/pass-state.ts';
import { PHASES, type Counts } from '../gc/phase.ts';
import { countForgottenBytes } from '../metadata/forgotten-blobs.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Content } from './content.ts';
import { seldom } from './seldom.ts';

const COLLECTED: readonly (readonly [name: string, count: keyof Counts, help: string])[] = [
  ['havre_gc_manifests_total', 'manifests', 'Manifests that nothing kept, moved to the trash.'],
  ['havre_gc_expired_total', 'expired', 'Images whose time was over, moved to the trash.'],
  ['havre_gc_purged_total', 'purged', 'Deletions in the trash whose time was over.'],
  ['havre_gc_links_total', 'links', 'Blobs that a repository does not serve any more.'],
  ['havre_gc_blobs_total', 'blobs', 'Blobs that nothing named.'],
  ['havre_gc_bytes_total', 'bytes', 'Bytes of blobs that nothing named, and of files that a crash left.'],
  ['havre_gc_uploads_total', 'uploads', 'Uploads that had stopped, ended by collections.'],
];

/** What garbage collection does: the counters are of this process, the times of whichever node did it last. */
export function collectionMetrics(
  metrics: Metrics,
  { collector: { figures }, trash, db }: Pick<Content, 'collector' | 'trash' | 'db'>,
): void {
  for (const [name, count, help] of COLLECTED) metrics.counter(name, help, () => figures.total[count]);
  metrics.gauge('havre_gc_phase_share', 'How much of its phase the collection running here has done, 0 to 1.', () =>
    PHASES.filter((phase) => phase === figures.current?.phase).map((phase) => ({
      labels: { phase },
      value: figures.current?.share ?? 0,
    })),
  );
  const state = seldom(() => readCollectionState(db));
  metrics.gauge('havre_gc_running', 'Whether a pass is under way or was interrupted, on whatever node.', async () =>
    (await state()).pass === undefined ? 0 : 1,
  );
  metrics.gauge('havre_gc_last_completed_timestamp_seconds', 'When the last pass came to its end.', async () => {
    const { last } = await state();
    return last === undefined ? [] : last.completedAt / 1000;
  });
  metrics.gauge('havre_gc_last_duration_seconds', 'How long the last pass took, rests included.', async () => {
    const { last } = await state();
    return last === undefined ? [] : (last.completedAt - last.startedAt) / 1000;
  });
  const forgotten = seldom(() => countForgottenBytes(db));
  metrics.gauge('havre_gc_waiting_bytes', 'Forgotten, and freed when nobody can be reading it any more.', forgotten);
  const totals = seldom(() => trash.totals());
  metrics.gauge(
    'havre_trash_bytes',
    'What the trash alone keeps: restorable, or reclaimable by the next collection.',
    async () => {
      const { restorable, reclaimable } = await totals();
      return [
        { labels: { state: 'restorable' }, value: restorable.bytes },
        { labels: { state: 'reclaimable' }, value: reclaimable.bytes },
      ];
    },
  );
}
