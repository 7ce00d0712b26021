import { Button } from '@ovhcloud/ods-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Entry, showTrash } from '../../../../src/api/trash/contract.ts';
import { call } from '../../api/call.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Digest } from '../../ui/digest.tsx';
import { Failed, Loading } from '../../ui/states.tsx';
import { nameOf } from './entry-name.ts';

/** What hangs on one entry. */
export function EntryContents({ entry, onClose }: { readonly entry: Entry; readonly onClose: () => void }) {
  const { t } = useTranslation('trash');
  const shown = useQuery({
    queryKey: ['trash', 'entry', entry.id],
    queryFn: ({ signal }) => call<typeof showTrash>('GET', '/api/v1/trash/{id}', { id: entry.id }, signal),
  });
  return (
    <Dialog
      title={t('contents.title', { name: nameOf(entry) })}
      onClose={onClose}
      actions={<Button onClick={onClose}>{t('restored.close')}</Button>}
    >
      {entry.kind === 'repository' && <p>{t('contents.whole')}</p>}
      {shown.isError && <Failed error={shown.error} onRetry={() => void shown.refetch()} />}
      {shown.isPending && <Loading lines={3} />}
      {shown.data !== undefined && entry.kind !== 'repository' && (
        <>
          <p>{t('tags', { count: entry.tags })}</p>
          <ul>
            {shown.data.tags.map(({ tag, digest }) => (
              <li key={tag}>
                <strong>{tag}</strong> <Digest digest={digest} />
              </li>
            ))}
          </ul>
          <p>{t('manifests', { count: entry.manifests })}</p>
          <ul>
            {shown.data.manifests.map((digest) => (
              <li key={digest}>
                <Digest digest={digest} />
              </li>
            ))}
          </ul>
        </>
      )}
    </Dialog>
  );
}
