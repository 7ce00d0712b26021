import { Button } from '@ovhcloud/ods-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { collectGarbage, CollectionLine } from '../../../../src/api/garbage-collection/contract.ts';
import { callLines } from '../../api/call.ts';
import { useMay } from '../../app/session.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Failed } from '../../ui/states.tsx';
import { Tick } from '../../ui/tick.tsx';
import { Told } from '../../ui/told.tsx';
import { WorkProgress } from '../../ui/work-progress.tsx';
import { useWork, type Work } from '../../ui/work.ts';
import { CollectionResult } from './collection-result.tsx';
import { LastCollections } from './last-collections.tsx';
import css from './datastore.module.css';

/** What has to be typed before the trash is emptied. */
const PURGE = 'purge';

/** Garbage collection that somebody asks for: tried, run, stopped. */
export function Collection() {
  const { t } = useTranslation('datastore');
  const may = useMay();
  const queries = useQueryClient();
  const [deleteUntagged, setDeleteUntagged] = useState(false);
  const [purge, setPurge] = useState(false);
  const [isAsking, setIsAsking] = useState(false);
  const { work, run, stop } = useWork<CollectionLine>();
  const collect = async (dryRun: boolean): Promise<void> => {
    const input = { dryRun, deleteUntagged, purge };
    await run((signal) => callLines<typeof collectGarbage>('POST', '/api/v1/garbage-collection', input, signal));
    await queries.invalidateQueries({ queryKey: ['sizes'] });
    await queries.invalidateQueries({ queryKey: ['status'] });
    await queries.invalidateQueries({ queryKey: ['audit', 'collections'] });
  };
  return (
    <div className={css['part']}>
      <p>{t('collection.lead')}</p>
      <Tick isOn={deleteUntagged} onChange={setDeleteUntagged}>
        {t('collection.untagged')}
      </Tick>
      <Tick isOn={purge} onChange={setPurge}>
        {t('collection.purge')}
      </Tick>
      {work.state !== 'running' && (
        <div className={css['buttons']}>
          <Button variant="outline" onClick={() => void collect(true)}>
            {t('collection.try')}
          </Button>
          <Button onClick={() => (purge ? setIsAsking(true) : void collect(false))}>{t('collection.run')}</Button>
        </div>
      )}
      <Running work={work} onStop={stop} />
      {isAsking && (
        <ConfirmDialog
          title={t('collection.purgeTitle')}
          verb={t('collection.run')}
          typed={PURGE}
          onConfirm={() => {
            void collect(false);
            return Promise.resolve();
          }}
          onClose={() => setIsAsking(false)}
        >
          <p>{t('collection.purgeLead')}</p>
        </ConfirmDialog>
      )}
      {may('read-audit') && <LastCollections />}
    </div>
  );
}

function Running({ work, onStop }: { readonly work: Work<CollectionLine>; readonly onStop: () => void }) {
  const { t } = useTranslation('datastore');
  const { state, progress, lines, error } = work;
  const report = lines.find((line) => line.event === 'done')?.report;
  const text = progress?.phase === undefined ? t('collection.starting') : t(`phase.${progress.phase}`);
  return (
    <>
      {state === 'running' && <WorkProgress text={text} share={progress?.share} onStop={onStop} />}
      {state === 'stopped' && <Told mood="notice">{t('collection.stopped')}</Told>}
      {state === 'failed' && <Failed error={error} />}
      {report !== undefined && <CollectionResult report={report} />}
    </>
  );
}
