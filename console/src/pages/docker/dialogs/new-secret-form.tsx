import { Button } from '@ovhcloud/ods-react';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { RegistryTest } from '../../../../../src/api/registries/contract.ts';
import type { stageRegistrySecret } from '../../../../../src/api/registry-rotation/contract.ts';
import { call } from '../../../api/call.ts';
import { Field, problemWith } from '../../../ui/field.tsx';
import css from '../../../ui/form.module.css';
import { Failed } from '../../../ui/states.tsx';
import { endOfDay } from '../form/registry-values.ts';
import type { Registry } from '../registries.ts';

interface NewSecretFormProps {
  readonly registry: Registry;
  readonly onTried: (tried: { readonly registry: Registry; readonly test: RegistryTest }) => void;
}

/** The first step: it is tried at once, and kept only if it works. */
export function NewSecretForm({ registry, onTried }: NewSecretFormProps) {
  const { t } = useTranslation('registry');
  const [said, setSaid] = useState({ username: registry.username, secret: '', expires: '' });
  const stage = useMutation({
    mutationFn: () =>
      call<typeof stageRegistrySecret>('POST', '/api/v1/registries/{id}/rotation', {
        id: registry.id,
        secret: said.secret,
        ...(said.username !== registry.username && { username: said.username }),
        ...(said.expires !== '' && { expiresAt: endOfDay(said.expires) }),
      }),
    onSuccess: onTried,
    gcTime: 0,
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    stage.mutate();
  };
  const problems = { username: problemWith(stage.error, 'username'), secret: problemWith(stage.error, 'secret') };
  const isShown = problems.username !== undefined || problems.secret !== undefined;
  return (
    <form className={css['form']} onSubmit={submit} autoComplete="off">
      <Field
        label={t('rotate.username')}
        problem={problems.username}
        autoComplete="off"
        value={said.username}
        onChange={({ target }) => setSaid({ ...said, username: target.value })}
      />
      <Field
        label={t('rotate.secret')}
        problem={problems.secret}
        isSecret
        required
        autoComplete="new-password"
        value={said.secret}
        onChange={({ target }) => setSaid({ ...said, secret: target.value })}
      />
      <Field
        label={t('rotate.expires')}
        type="date"
        value={said.expires}
        onChange={({ target }) => setSaid({ ...said, expires: target.value })}
      />
      {stage.error !== null && !isShown && <Failed error={stage.error} />}
      <div>
        <Button type="submit" loading={stage.isPending} disabled={said.secret === ''}>
          {t('rotate.try')}
        </Button>
      </div>
    </form>
  );
}
