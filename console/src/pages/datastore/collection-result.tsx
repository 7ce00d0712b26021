import { useTranslation } from 'react-i18next';
import type { CollectionReport } from '../../../../src/api/garbage-collection/contract.ts';
import { Told } from '../../ui/told.tsx';
import { useFormat } from '../../words/format.ts';

const COUNTED = ['expired', 'manifests', 'purged', 'blobs', 'uploads', 'leftovers'] as const;

/** What a collection did; or would do, where it was only tried. */
export function CollectionResult({ report }: { readonly report: CollectionReport }) {
  const { t } = useTranslation('datastore');
  const format = useFormat();
  const { dryRun, bytes, freedAfterSeconds, kept, trash } = report;
  const size = format.bytes(bytes);
  return (
    <Told mood="good">
      <p>
        <strong>{dryRun ? t('collected.wouldFree', { size }) : t('collected.freed', { size })}</strong>
      </p>
      <ul>
        {COUNTED.filter((name) => report[name] > 0).map((name) => (
          <li key={name}>{t(`collected.${name}`, { count: report[name] })}</li>
        ))}
      </ul>
      {freedAfterSeconds > 0 && bytes > 0 && <p>{t('collected.later', { count: freedAfterSeconds })}</p>}
      {kept.bytes > 0 && <p>{t('collected.kept', { size: format.bytes(kept.bytes) })}</p>}
      {trash.entries > 0 && <p>{t('collected.trash', { count: trash.entries, size: format.bytes(trash.bytes) })}</p>}
    </Told>
  );
}
