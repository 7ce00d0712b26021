import { useTranslation } from 'react-i18next';
import type { PlanReply } from '../../../../src/api/plans/contract.ts';
import { Figures } from '../../ui/figures.tsx';
import { useFormat } from '../../words/format.ts';

/** How much a plan deletes, and how much it would and does not. */
export function PlanFigures({ plan: { summary, source } }: { readonly plan: PlanReply }) {
  const { t } = useTranslation('plan');
  const format = useFormat();
  return (
    <Figures
      figures={[
        { label: t('figures.manifests'), value: format.number(summary.manifests) },
        { label: t('figures.tags'), value: format.number(summary.tags) },
        { label: t('figures.repositories'), value: format.number(summary.repositories) },
        {
          // Elsewhere there is no trash to wait for.
          label: source.kind === 'remote' ? t('figures.freedThere') : t('figures.freed'),
          value: format.bytes(summary.freedBytes),
        },
        { label: t('figures.blocked'), value: format.number(summary.blocked) },
      ]}
    />
  );
}
