import { Button } from '@ovhcloud/ods-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { addQuota, changeQuota, Quota } from '../../../../src/api/quotas/contract.ts';
import { call } from '../../api/call.ts';
import { ApiProblem } from '../../api/problem.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, problemWith } from '../../ui/field.tsx';
import { notify } from '../../ui/notify.tsx';
import { textIn } from '../../ui/said.ts';
import { Failed } from '../../ui/states.tsx';
import css from '../../ui/form.module.css';

interface QuotaDialogProps {
  /** Absent: a new one. */
  readonly quota?: Quota;
  readonly onClose: () => void;
}

const FORM = 'quota';

/** How much the repositories of a pattern may hold. */
export function QuotaDialog({ quota, onClose }: QuotaDialogProps) {
  const { t } = useTranslation(['datastore', 'common']);
  const queries = useQueryClient();
  const saving = useMutation({
    mutationFn: (said: FormData) => save(said, quota),
    onSuccess: async ({ quota: { pattern } }) => {
      await queries.invalidateQueries({ queryKey: ['quotas'] });
      notify(t('quotas.saved', { pattern }));
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    saving.mutate(new FormData(event.currentTarget));
  };
  const problem = (field: string) => problemWith(saving.error, field);
  const { limits } = quota ?? {};
  return (
    <Dialog
      title={quota === undefined ? t('quotas.add') : t('quotas.editTitle', { pattern: quota.pattern })}
      onClose={onClose}
      actions={
        <>
          <Button variant="ghost" onClick={onClose}>
            {t('common:cancel')}
          </Button>
          <Button type="submit" form={FORM} loading={saving.isPending}>
            {t('quotas.save')}
          </Button>
        </>
      }
    >
      <form id={FORM} className={css['form']} onSubmit={submit}>
        {quota === undefined && (
          <Field
            label={t('quotas.pattern')}
            help={t('quotas.patternHelp')}
            name="pattern"
            required
            problem={problem('pattern')}
          />
        )}
        <Field
          label={t('quotas.bytes')}
          help={t('quotas.bytesHelp')}
          name="bytes"
          defaultValue={limits?.bytes ?? ''}
          problem={problem('bytes') === undefined ? undefined : t('quotas.bytesWrong')}
        />
        <div className={css['pair']}>
          <Field
            label={t('quotas.manifests')}
            name="manifests"
            type="number"
            min={0}
            defaultValue={limits?.manifests ?? ''}
            problem={problem('manifests')}
          />
          <Field
            label={t('quotas.tags')}
            name="tags"
            type="number"
            min={0}
            defaultValue={limits?.tags ?? ''}
            problem={problem('tags')}
          />
        </div>
        {saving.error !== null && !(saving.error instanceof ApiProblem && saving.error.errors.length > 0) && (
          <Failed error={saving.error} />
        )}
      </form>
    </Dialog>
  );
}

function save(said: FormData, quota: Quota | undefined) {
  const text = (name: string): string => textIn(said, name).trim();
  const count = (name: string): number | null => (text(name) === '' ? null : Number(text(name)));
  const limits = { bytes: bytesOf(text('bytes')), manifests: count('manifests'), tags: count('tags') };
  if (quota !== undefined) return call<typeof changeQuota>('PUT', '/api/v1/quotas/{id}', { id: quota.id, ...limits });
  return call<typeof addQuota>('POST', '/api/v1/quotas', { pattern: text('pattern'), ...limits });
}

/** A number is in bytes; anything else is for the server to read: `10 GiB`. */
function bytesOf(text: string): string | number | null {
  if (text === '') return null;
  return /^\d+$/.test(text) ? Number(text) : text;
}
