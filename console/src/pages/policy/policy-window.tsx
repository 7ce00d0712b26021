import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { changePolicy, PolicyReply, removePolicy } from '../../../../src/api/policies/contract.ts';
import { call } from '../../api/call.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notify } from '../../ui/notify.tsx';
import { RunPolicy } from './run-policy.tsx';

/** What is about to be done with a policy. `try`: a run that only says what would go. */
export interface PolicyWork {
  readonly kind: 'try' | 'run' | 'switch' | 'delete';
  readonly policy: PolicyReply;
}

interface PolicyWindowProps {
  readonly work: PolicyWork;
  readonly onClose: () => void;
  readonly onDeleted?: () => Promise<void>;
}

/** The window in which it is done. */
export function PolicyWindow({ work: { kind, policy }, onClose, onDeleted }: PolicyWindowProps) {
  if (kind === 'switch') return <SwitchPolicy policy={policy} onClose={onClose} />;
  if (kind === 'delete') return <DeletePolicy policy={policy} onClose={onClose} onDeleted={onDeleted} />;
  return <RunPolicy policy={policy} isDryRun={kind === 'try'} onClose={onClose} />;
}

interface OfPolicy {
  readonly policy: PolicyReply;
  readonly onClose: () => void;
}

function SwitchPolicy({ policy: { name, isEnabled, registry }, onClose }: OfPolicy) {
  const { t } = useTranslation('policy');
  const queries = useQueryClient();
  // From then on it deletes by itself what nothing brings back.
  const isForGood = !isEnabled && registry !== null;
  const change = async (): Promise<void> => {
    await call<typeof changePolicy>('PUT', '/api/v1/policies/{name}', { name, isEnabled: !isEnabled });
    await queries.invalidateQueries({ queryKey: ['policies'] });
    await queries.invalidateQueries({ queryKey: ['policy', name] });
  };
  return (
    <ConfirmDialog
      title={isEnabled ? t('switch.off', { name }) : t('switch.on', { name })}
      verb={isEnabled ? t('switch.offVerb') : t('switch.onVerb')}
      isHarmless={!isForGood}
      typed={isForGood ? registry.name : undefined}
      onConfirm={change}
      onClose={onClose}
    >
      <p>{isEnabled ? t('switch.offLead') : t('switch.onLead')}</p>
      {isForGood && <p>{t('run.forGood', { name: registry.name })}</p>}
    </ConfirmDialog>
  );
}

function DeletePolicy({
  policy,
  onClose,
  onDeleted,
}: OfPolicy & { readonly onDeleted: PolicyWindowProps['onDeleted'] }) {
  const { t } = useTranslation('policy');
  const queries = useQueryClient();
  const { name } = policy;
  const remove = async (): Promise<void> => {
    await call<typeof removePolicy>('DELETE', '/api/v1/policies/{name}', { name });
    await onDeleted?.();
    await queries.invalidateQueries({ queryKey: ['policies'] });
    notify(t('delete.done', { name }));
  };
  return (
    <ConfirmDialog
      title={t('delete.title', { name })}
      verb={t('delete.verb')}
      typed={name}
      onConfirm={remove}
      onClose={onClose}
    >
      <p>{t('delete.lead')}</p>
    </ConfirmDialog>
  );
}
