import { useTranslation } from 'react-i18next';
import { StateBadge, type Mood } from '../../ui/state-badge.tsx';
import { useFormat } from '../../words/format.ts';
import type { Registry } from './registries.ts';
import type { State } from './registry-names.ts';

const MOODS: Readonly<Record<State, Mood>> = {
  valid: 'good',
  expiring: 'notice',
  expired: 'bad',
  failing: 'bad',
  unchecked: 'neutral',
};

/** How a connection's credential is, and in short why; the whole reason when it is pointed at. */
export function RegistryState({ registry }: { readonly registry: Registry }) {
  const { t } = useTranslation('registry');
  const { health } = registry;
  const reason = useReason(registry);
  const state = t(`state.${health.state}`);
  return (
    <span title={health.problem?.message}>
      <StateBadge mood={MOODS[health.state]}>
        {reason === undefined ? state : t('stateAndReason', { state, reason })}
      </StateBadge>
    </span>
  );
}

function useReason({ health, credential }: Registry): string | undefined {
  const { t } = useTranslation('registry');
  const format = useFormat();
  const { state, problem } = health;
  if (state === 'failing') return problem === null ? undefined : t(`diagnosis.${problem.diagnosis}.short`);
  if (state !== 'expiring' && state !== 'expired') return undefined;
  if (credential.expiresAt !== null) return format.ago(credential.expiresAt);
  return credential.isRotationDue ? t('rotationDue') : undefined;
}
