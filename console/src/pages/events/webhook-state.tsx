import { useTranslation } from 'react-i18next';
import type { Webhook } from '../../../../src/api/webhooks/contract.ts';
import { StateBadge } from '../../ui/state-badge.tsx';

export function WebhookState({ webhook }: { readonly webhook: Webhook }) {
  const { t } = useTranslation('events');
  const { isEnabled, disabledReason, failingSince } = webhook;
  if (!isEnabled) {
    return (
      <StateBadge mood={disabledReason === null ? 'neutral' : 'bad'}>
        {disabledReason === null ? t('state.disabled') : t('state.stopped')}
      </StateBadge>
    );
  }
  return failingSince === null ? (
    <StateBadge mood="good">{t('state.enabled')}</StateBadge>
  ) : (
    <StateBadge mood="notice">{t('state.failing')}</StateBadge>
  );
}
