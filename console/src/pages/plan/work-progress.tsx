import { ProgressBar } from '@ovhcloud/ods-react';
import { useTranslation } from 'react-i18next';
import { Failed } from '../../ui/states.tsx';
import { useFormat } from '../../words/format.ts';
import type { Work } from './use-work.ts';

/** How far long work with a plan is, and what it had to leave alone. */
export function WorkProgress<Report>({ work }: { readonly work: Work<Report> }) {
  const { t } = useTranslation('plan');
  const format = useFormat();
  const { isRunning, isStopped, progress, remarks, error } = work;
  const { phase = 'evaluating', images = 0, planned = 0, manifests = 0 } = progress ?? {};
  const isDeleting = phase === 'deleting';
  const text = isDeleting
    ? t('work.deleting', { count: manifests, of: format.number(planned) })
    : t('work.evaluating', { count: images });
  return (
    <>
      {isRunning && (
        <>
          <p role="status">{text}</p>
          {isDeleting && planned > 0 && <ProgressBar aria-label={text} value={manifests} max={planned} />}
        </>
      )}
      {isStopped === true && <p role="status">{t('work.stopped')}</p>}
      {error !== undefined && <Failed error={error} />}
      {remarks.length > 0 && (
        <div>
          <p>{t('work.remarks')}</p>
          <ul lang="en">
            {remarks.map((remark) => (
              <li key={remark}>{remark}</li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}
