import { useMemo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Ban } from 'lucide-react';
import type { Token } from '../../app/accounts.ts';
import type { Column } from '../../ui/datagrid.tsx';
import { RowMenu } from '../../ui/row-menu.tsx';
import { useRuleWords } from '../../ui/rights/rule-words.ts';
import { StateBadge } from '../../ui/state-badge.tsx';
import { When } from '../../ui/when.tsx';

export function useTokenColumns(onRevoke: (token: Token) => void): readonly Column<Token>[] {
  const { t } = useTranslation('tokens');
  return useMemo(
    () => [
      { id: 'name', title: t('column.name'), isSortable: true, cell: ({ name }) => <code>{name}</code> },
      { id: 'for', title: t('column.for'), isSortable: true, cell: ({ user }) => user ?? t('robot') },
      { id: 'scope', title: t('column.scope'), cell: (token) => <Scope token={token} /> },
      { id: 'state', title: t('column.state'), cell: (token) => <State token={token} /> },
      {
        id: 'created',
        title: t('column.created'),
        isSortable: true,
        cell: ({ createdAt }) => <When at={createdAt} />,
      },
      {
        id: 'expires',
        title: t('column.expires'),
        isSortable: true,
        cell: ({ expiresAt }) => whenOr(expiresAt, t('never')),
      },
      {
        id: 'used',
        title: t('column.used'),
        isSortable: true,
        cell: ({ lastUsedAt }) => whenOr(lastUsedAt, t('neverUsed')),
      },
      {
        id: 'actions',
        title: <span className="sr-only">{t('column.actions')}</span>,
        align: 'end',
        cell: (token) => <Actions token={token} onRevoke={onRevoke} />,
      },
    ],
    [t, onRevoke],
  );
}

function whenOr(at: string | null, otherwise: string): ReactNode {
  return at === null ? otherwise : <When at={at} />;
}

function Scope({ token: { scope, user } }: { readonly token: Token }) {
  const { t } = useTranslation('tokens');
  const words = useRuleWords();
  if (scope === null) return user === null ? t('scope.granted') : t('scope.all', { user });
  const [first, ...others] = scope.map(words);
  return (
    <span title={[first, ...others].join('\n')}>
      {first}
      {others.length > 0 && ` ${t('scope.more', { count: others.length })}`}
    </span>
  );
}

/** Time enough to make another one. */
const SOON_MILLISECONDS = 7 * 86_400_000;

function State({ token: { state, expiresAt } }: { readonly token: Token }) {
  const { t } = useTranslation('tokens');
  const [now] = useState(() => Date.now());
  if (state === 'revoked') return <StateBadge mood="neutral">{t('state.revoked')}</StateBadge>;
  if (state === 'expired') return <StateBadge mood="bad">{t('state.expired')}</StateBadge>;
  const isEndingSoon = expiresAt !== null && Date.parse(expiresAt) < now + SOON_MILLISECONDS;
  return isEndingSoon ? (
    <StateBadge mood="notice">{t('state.soon')}</StateBadge>
  ) : (
    <StateBadge mood="good">{t('state.active')}</StateBadge>
  );
}

interface ActionsProps {
  readonly token: Token;
  readonly onRevoke: (token: Token) => void;
}

function Actions({ token, onRevoke }: ActionsProps) {
  const { t } = useTranslation('tokens');
  if (token.state === 'revoked') return null;
  const revoke = () => onRevoke(token);
  return (
    <RowMenu
      label={t('actionsOf', { name: token.name })}
      actions={[{ id: 'revoke', text: t('revoke.action'), icon: Ban, onSelect: revoke, isDangerous: true }]}
    />
  );
}
