import { Button } from '@ovhcloud/ods-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { listRulesOfUser } from '../../../../src/api/users/contract.ts';
import { call } from '../../api/call.ts';
import { grantsQuery, usersQuery, type Grant } from '../../app/accounts.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { useRuleWords } from '../../ui/rights/rule-words.ts';
import type { Rule } from '../../ui/rights/rule.ts';
import { Failed, Loading } from '../../ui/states.tsx';
import { isFor } from './grantee.ts';
import css from './rights-of.module.css';

interface RightsOfProps {
  readonly name: string;
  readonly onClose: () => void;
}

/** What somebody may do, and why. */
export function RightsOf({ name, onClose }: RightsOfProps) {
  const { t } = useTranslation(['users', 'rights', 'common']);
  const rules = useQuery({
    queryKey: ['rules', name],
    queryFn: ({ signal }) => call<typeof listRulesOfUser>('GET', '/api/v1/users/{name}/rules', { name }, signal),
    staleTime: 0,
  });
  const user = useQuery(usersQuery).data?.find((one) => one.name === name);
  return (
    <Dialog
      title={t('rights.title', { name })}
      onClose={onClose}
      actions={<Button onClick={onClose}>{t('common:close')}</Button>}
    >
      {rules.isError && <Failed error={rules.error} onRetry={() => void rules.refetch()} />}
      {rules.isPending && <Loading lines={3} />}
      {user?.isAdministrator === true && <p>{t('rights:everything')}</p>}
      {user?.isAdministrator !== true && rules.data !== undefined && <Rules name={name} rules={rules.data.rules} />}
    </Dialog>
  );
}

function Rules({ name, rules }: { readonly name: string; readonly rules: readonly Rule[] }) {
  const { t } = useTranslation(['users', 'rights']);
  const words = useRuleWords();
  const grants = useQuery(grantsQuery).data ?? [];
  const because = (rule: Rule): string => {
    const reason = reasonFor(rule, name, grants);
    return t(`because.${reason}`);
  };
  if (rules.length === 0) return <p>{t('rights:nothing')}</p>;
  return (
    <ul className={css['rules']}>
      {rules.map((rule) => (
        <li key={`${rule.pattern} ${rule.actions.join(' ')}`}>
          <span>{words(rule)}</span>
          <small>{because(rule)}</small>
        </li>
      ))}
    </ul>
  );
}

/** What is granted to nobody is said by the configuration. */
function reasonFor(rule: Rule, name: string, grants: readonly Grant[]): Exclude<Grant['to']['kind'], 'token'> {
  const grant = grants.find((one) => isFor(one.to, name) && isSame(one, rule));
  return grant === undefined || grant.to.kind === 'token' ? 'htpasswd' : REASONS[grant.to.kind];
}

const REASONS = { everybody: 'everybody', 'signed-in': 'signed-in', user: 'user', htpasswd: 'user' } as const;

function isSame(grant: Grant, { pattern, actions }: Rule): boolean {
  return grant.pattern === pattern && grant.actions.join(' ') === actions.join(' ');
}
