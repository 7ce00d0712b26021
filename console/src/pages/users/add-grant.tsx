import { Button } from '@ovhcloud/ods-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { addGrant } from '../../../../src/api/grants/contract.ts';
import { call } from '../../api/call.ts';
import { grantsQuery, tokensQuery, usersQuery, type Token, type User } from '../../app/accounts.ts';
import { Choice } from '../../ui/choice.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { notify } from '../../ui/notify.tsx';
import { patternProblem } from '../../ui/rights/pattern-problem.ts';
import { NEW_RULE, RuleFields } from '../../ui/rights/rule-fields.tsx';
import { Failed } from '../../ui/states.tsx';
import form from '../../ui/form.module.css';
import { useGranteeWords, type Grantee } from './grantee.ts';

const EVERYBODY: Grantee = { kind: 'everybody' };
const SIGNED_IN: Grantee = { kind: 'signed-in' };

export function AddGrant({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation(['users', 'rights', 'common']);
  const id = useId();
  const queries = useQueryClient();
  const who = useGranteeWords();
  const { people, failure, retry } = usePeople();
  const [chosen, choose] = useState('');
  const [rule, setRule] = useState(NEW_RULE);
  const to = people.find((one) => idOf(one) === chosen);
  const addition = useMutation({
    mutationFn: (grantee: Grantee) => call<typeof addGrant>('POST', '/api/v1/grants', { to: grantee, ...rule }),
    onSuccess: async (_added, grantee) => {
      await queries.invalidateQueries({ queryKey: grantsQuery.queryKey });
      notify(t('grant.done', { who: who(grantee) }));
      onClose();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (to !== undefined && rule.actions.length > 0) addition.mutate(to);
  };
  const isPatternWrong = patternProblem(addition.error, [rule])(rule);
  return (
    <Dialog
      title={t('grant.title')}
      onClose={onClose}
      actions={
        <>
          <Button variant="ghost" onClick={onClose}>
            {t('common:cancel')}
          </Button>
          <Button type="submit" form={id} disabled={to === undefined} loading={addition.isPending}>
            {t('grant.verb')}
          </Button>
        </>
      }
    >
      <form id={id} className={form['form']} onSubmit={submit}>
        {failure !== null && <Failed error={failure} onRetry={retry} />}
        <Choice
          label={t('column.who')}
          items={people.map((one) => ({ value: idOf(one), label: who(one) }))}
          value={chosen}
          placeholder={t('grant.choose')}
          onChange={choose}
        />
        <RuleFields rule={rule} onChange={setRule} problem={isPatternWrong ? t('rights:patternInvalid') : undefined} />
        {addition.error !== null && !isPatternWrong && <Failed error={addition.error} />}
      </form>
    </Dialog>
  );
}

/** Everybody to whom something can be granted. Administrators need nothing; of tokens, only robots are given rights. */
function usePeople() {
  const users = useQuery(usersQuery);
  const tokens = useQuery(tokensQuery);
  const people: readonly Grantee[] = [
    ...(users.data ?? []).filter(({ isAdministrator }) => !isAdministrator).map(granteeOf),
    ...(tokens.data ?? []).filter(isLiveRobot).map(({ name }): Grantee => ({ kind: 'token', name })),
    SIGNED_IN,
    EVERYBODY,
  ];
  const retry = (): void => {
    for (const list of [users, tokens]) if (list.isError) void list.refetch();
  };
  return { people, failure: users.error ?? tokens.error, retry };
}

function granteeOf({ name, origin }: User): Grantee {
  return { kind: origin === 'htpasswd' ? 'htpasswd' : 'user', name };
}

function isLiveRobot({ user, state }: Token): boolean {
  return user === null && state === 'active';
}

function idOf(to: Grantee): string {
  return 'name' in to ? `${to.kind}:${to.name}` : to.kind;
}
