import { Button } from '@ovhcloud/ods-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { testRegistry } from '../../../../../src/api/registries/contract.ts';
import { call } from '../../../api/call.ts';
import { Dialog } from '../../../ui/dialog.tsx';
import { Failed, Loading } from '../../../ui/states.tsx';
import { REGISTRIES } from '../registries.ts';
import type { RegistryDialogProps } from './registry-dialogs.tsx';
import { TestReport } from './test-report.tsx';

/** Tries a connection as soon as it is opened. */
export function TestDialog({ registry, onClose }: RegistryDialogProps) {
  const { t } = useTranslation('registry');
  const { t: common } = useTranslation();
  const queries = useQueryClient();
  const { id } = registry;
  const test = useQuery({
    queryKey: ['registry-test', id],
    queryFn: ({ signal }) => call<typeof testRegistry>('POST', '/api/v1/registries/{id}/test', { id }, signal),
    // Each opening is a test of its own.
    gcTime: 0,
    staleTime: Infinity,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  useEffect(() => {
    if (test.data !== undefined) void queries.invalidateQueries({ queryKey: REGISTRIES });
  }, [queries, test.data]);
  return (
    <Dialog
      title={t('test.title', { name: registry.name })}
      onClose={onClose}
      actions={
        <>
          <Button variant="ghost" loading={test.isFetching} onClick={() => void test.refetch()}>
            {t('test.again')}
          </Button>
          <Button onClick={onClose}>{common('close')}</Button>
        </>
      }
    >
      {test.isFetching && <Loading lines={3} />}
      {!test.isFetching && test.isError && <Failed error={test.error} />}
      {!test.isFetching && test.data !== undefined && <TestReport test={test.data.test} />}
    </Dialog>
  );
}
