import { Button } from '@ovhcloud/ods-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RegistryTest } from '../../../../../src/api/registries/contract.ts';
import type {
  cancelRegistryRotation,
  confirmRegistrySecret,
  mintRegistrySecret,
  showRegistryRotation,
  switchRegistrySecret,
} from '../../../../../src/api/registry-rotation/contract.ts';
import { call } from '../../../api/call.ts';
import { Dialog } from '../../../ui/dialog.tsx';
import { notify } from '../../../ui/notify.tsx';
import { Failed } from '../../../ui/states.tsx';
import { REGISTRIES, type Registry } from '../registries.ts';
import { NewSecretForm } from './new-secret-form.tsx';
import type { RegistryDialogProps } from './registry-dialogs.tsx';
import { TestReport } from './test-report.tsx';

type Step = 'switch' | 'confirm' | 'cancel' | 'mint';

/** Another secret in steps, so that one of them works at any time: given and tried, switched to, confirmed. */
export function RotateDialog({ registry: given, onClose }: RegistryDialogProps) {
  const { t } = useTranslation('registry');
  const { t: common } = useTranslation();
  const queries = useQueryClient();
  const [registry, setRegistry] = useState(given);
  const [test, setTest] = useState<RegistryTest>();
  const { id, credential } = registry;
  const now = (changed: Registry): void => {
    setRegistry(changed);
    void queries.invalidateQueries({ queryKey: REGISTRIES });
  };
  const step = useMutation({
    mutationFn: (wanted: Step) => stepOf(wanted, id),
    onSuccess: (changed, wanted) => {
      setTest(undefined);
      now(changed);
      if (wanted === 'switch' || wanted === 'cancel') return;
      notify(t('rotate.done', { name: changed.name }));
      onClose();
    },
  });
  const { rotation } = credential;
  const act = (wanted: Step, verb: string, color?: 'critical') => (
    <Button
      color={color ?? 'primary'}
      variant={color === undefined ? 'default' : 'outline'}
      loading={step.isPending && step.variables === wanted}
      disabled={step.isPending}
      onClick={() => step.mutate(wanted)}
    >
      {verb}
    </Button>
  );
  return (
    <Dialog
      title={t('rotate.title', { name: registry.name })}
      onClose={onClose}
      actions={
        <>
          <Button variant="ghost" onClick={onClose}>
            {common('close')}
          </Button>
          {rotation === 'tested' && act('cancel', t('rotate.forgetNew'), 'critical')}
          {rotation === 'tested' && act('switch', t('rotate.switch'))}
          {rotation === 'switched' && act('cancel', t('rotate.goBack'), 'critical')}
          {rotation === 'switched' && act('confirm', t('rotate.confirm'))}
        </>
      }
    >
      <p role="status">{t(`rotate.step.${rotation}`)}</p>
      {test !== undefined && <TestReport test={test} />}
      {rotation === 'none' && (
        <>
          <NewSecretForm
            registry={registry}
            onTried={(tried) => {
              setTest(tried.test);
              now(tried.registry);
            }}
          />
          <Minting id={id}>{act('mint', t('rotate.mint'))}</Minting>
        </>
      )}
      {step.error !== null && <Failed error={step.error} />}
    </Dialog>
  );
}

/** Only where the registry can. */
function Minting({ id, children }: { readonly id: string; readonly children: React.ReactNode }) {
  const { t } = useTranslation('registry');
  const { data } = useQuery({
    queryKey: [...REGISTRIES, 'rotation', id],
    queryFn: ({ signal }) =>
      call<typeof showRegistryRotation>('GET', '/api/v1/registries/{id}/rotation', { id }, signal),
  });
  if (data?.canMint !== true) return null;
  return (
    <>
      <p>{t('rotate.mintLead')}</p>
      <div>{children}</div>
    </>
  );
}

async function stepOf(step: Step, id: string): Promise<Registry> {
  switch (step) {
    case 'switch':
      return (await call<typeof switchRegistrySecret>('POST', '/api/v1/registries/{id}/rotation/switch', { id }))
        .registry;
    case 'confirm':
      return (await call<typeof confirmRegistrySecret>('POST', '/api/v1/registries/{id}/rotation/confirm', { id }))
        .registry;
    case 'cancel':
      return (await call<typeof cancelRegistryRotation>('POST', '/api/v1/registries/{id}/rotation/cancel', { id }))
        .registry;
    case 'mint':
      return (await call<typeof mintRegistrySecret>('POST', '/api/v1/registries/{id}/rotation/mint', { id })).registry;
  }
}
