import { Button } from '@ovhcloud/ods-react';
import { useMutation } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { makeKubernetesSecret } from '../../../../../src/api/credentials/contract.ts';
import { call } from '../../../api/call.ts';
import { CopyButton } from '../../../ui/copy-button.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { Field, problemWith } from '../../../ui/field.tsx';
import form from '../../../ui/form.module.css';
import { Failed } from '../../../ui/states.tsx';
import { useFormat } from '../../../words/format.ts';
import type { RegistryDialogProps } from './registry-dialogs.tsx';
import css from './kubernetes-dialog.module.css';

/** The Secret with which Kubernetes pulls from there. It is shown while the dialog is open, and kept nowhere. */
export function KubernetesDialog({ registry, onClose }: RegistryDialogProps) {
  const { t } = useTranslation('registry');
  const { t: common } = useTranslation();
  const format = useFormat();
  const formId = useId();
  const { id } = registry;
  const [namespace, setNamespace] = useState('');
  const made = useMutation({
    mutationFn: () =>
      call<typeof makeKubernetesSecret>('POST', '/api/v1/registries/{id}/kubernetes-secret', {
        id,
        ...(namespace !== '' && { namespace }),
      }),
    gcTime: 0,
  });
  const make = (event: FormEvent): void => {
    event.preventDefault();
    made.mutate();
  };
  const problem = problemWith(made.error, 'namespace');
  return (
    <Dialog
      title={t('kubernetes.title', { name: registry.name })}
      onClose={onClose}
      actions={
        <>
          <Button variant="ghost" onClick={onClose}>
            {common('close')}
          </Button>
          <Button type="submit" form={formId} loading={made.isPending}>
            {t('kubernetes.make')}
          </Button>
        </>
      }
    >
      <p>{t('kubernetes.lead')}</p>
      <form id={formId} className={form['form']} onSubmit={make} noValidate>
        <div className={form['pair']}>
          <Field
            label={t('kubernetes.namespace')}
            help={t('kubernetes.namespaceHelp')}
            problem={problem}
            name="namespace"
            autoComplete="off"
            spellCheck={false}
            maxLength={63}
            value={namespace}
            onChange={({ target }) => setNamespace(target.value.trim())}
          />
          <Field label={t('kubernetes.name')} readOnly value={`registry-secret-${id}`} />
        </div>
      </form>
      {made.error !== null && problem === undefined && <Failed error={made.error} />}
      {made.data !== undefined && (
        <>
          <div className={css['head']}>
            <strong>{t('kubernetes.yaml')}</strong>
            <CopyButton text={made.data.yaml} label={t('kubernetes.yaml')} />
          </div>
          <pre className={css['yaml']} tabIndex={0} role="region" aria-label={t('kubernetes.yaml')}>
            {made.data.yaml}
          </pre>
          {made.data.expiresAt !== null && <p>{t('kubernetes.expires', { date: format.time(made.data.expiresAt) })}</p>}
          {made.data.remarks.map((remark) => (
            <p key={remark} lang="en">
              {remark}
            </p>
          ))}
        </>
      )}
    </Dialog>
  );
}
