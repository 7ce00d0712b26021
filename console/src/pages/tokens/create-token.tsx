import { Button, Message, MessageBody, MessageIcon } from '@ovhcloud/ods-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { createToken } from '../../../../src/api/tokens/contract.ts';
import { call } from '../../api/call.ts';
import { ApiProblem } from '../../api/problem.ts';
import { isAccountName, usersQuery } from '../../app/accounts.ts';
import { useMay } from '../../app/session.ts';
import { Choice } from '../../ui/choice.tsx';
import { OneOf } from '../../ui/options.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Failed } from '../../ui/states.tsx';
import form from '../../ui/form.module.css';
import { expiryOf, inputOf, NEW_TOKEN, type TokenDraft } from './token-draft.ts';
import { ScopeFields } from './scope-fields.tsx';
import { SecretDialog } from './secret-dialog.tsx';
import { useFormat } from '../../words/format.ts';

/** The form and then, in its place, the secret. */
export function CreateToken({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation(['tokens', 'common']);
  const id = useId();
  const queries = useQueryClient();
  const [draft, setDraft] = useState<TokenDraft>(NEW_TOKEN);
  const creation = useMutation({
    mutationFn: () => call<typeof createToken>('POST', '/api/v1/tokens', inputOf(draft, new Date())),
    // The secret is shown at once, whenever the list comes.
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['tokens'] }),
    gcTime: 0,
  });
  if (creation.data !== undefined) {
    return <SecretDialog name={creation.data.token.name} secret={creation.data.secret} onClose={onClose} />;
  }
  const change = (part: Partial<TokenDraft>): void => setDraft((now) => ({ ...now, ...part }));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    creation.mutate();
  };
  const name = nameProblem(creation.error, draft.name);
  return (
    <Dialog
      title={t('create.title')}
      onClose={onClose}
      isKept={creation.isPending}
      actions={
        <>
          <Button variant="ghost" disabled={creation.isPending} onClick={onClose}>
            {t('common:cancel')}
          </Button>
          <Button type="submit" form={id} loading={creation.isPending}>
            {t('create.action')}
          </Button>
        </>
      }
    >
      <form id={id} className={form['form']} onSubmit={submit}>
        <Field
          label={t('create.name')}
          help={t('create.nameHelp')}
          problem={name === undefined ? undefined : t(name)}
          value={draft.name}
          required
          maxLength={128}
          autoComplete="off"
          spellCheck={false}
          onChange={({ target }) => change({ name: target.value })}
        />
        <Owner draft={draft} onChange={change} />
        <ScopeFields draft={draft} onChange={change} error={creation.error} />
        <Expiry draft={draft} onChange={change} />
        {creation.error !== null && name === undefined && <Failed error={creation.error} />}
      </form>
    </Dialog>
  );
}

function nameProblem(error: Error | null, name: string): 'create.nameTaken' | 'create.nameInvalid' | undefined {
  if (!(error instanceof ApiProblem)) return undefined;
  if (error.code === 'ACCOUNT_TAKEN') return 'create.nameTaken';
  return error.code === 'ACCOUNT_INVALID' && !isAccountName(name) ? 'create.nameInvalid' : undefined;
}

interface PartProps {
  readonly draft: TokenDraft;
  readonly onChange: (part: Partial<TokenDraft>) => void;
}

function Owner({ draft: { owner, user }, onChange }: PartProps) {
  const { t } = useTranslation('tokens');
  const isKnown = useMay()('manage-users');
  // A token can act for users that have a password here, and not for those that a file has.
  const users = useQuery({ ...usersQuery, enabled: isKnown }).data?.filter(({ origin }) => origin !== 'htpasswd') ?? [];
  return (
    <>
      <OneOf
        label={t('create.owner')}
        options={[
          { value: 'robot', text: t('create.robot') },
          { value: 'user', text: t('create.user') },
        ]}
        value={owner}
        onChange={(kind) => onChange({ owner: kind, user: user === '' ? (users[0]?.name ?? '') : user })}
      />
      {owner === 'user' && (
        <Choice
          label={t('create.whichUser')}
          items={users.map(({ name }) => ({ value: name, label: name }))}
          value={user}
          onChange={(name) => onChange({ user: name })}
        />
      )}
    </>
  );
}

function Expiry({ draft: { days }, onChange }: PartProps) {
  const { t } = useTranslation('tokens');
  const format = useFormat();
  const [now] = useState(() => new Date());
  const end = expiryOf(days, now);
  return (
    <>
      <OneOf
        label={t('create.expiry')}
        options={(['30', '90', '365', 'never'] as const).map((value) => ({ value, text: t(`expiry.${value}`) }))}
        value={days}
        onChange={(value) => onChange({ days: value })}
      />
      {end === null ? (
        <Message color="warning" dismissible={false}>
          <MessageIcon name="triangle-exclamation" />
          <MessageBody>{t('expiry.warning')}</MessageBody>
        </Message>
      ) : (
        <p>{t('expiry.until', { date: format.date(end) })}</p>
      )}
    </>
  );
}
