import { Button } from '@ovhcloud/ods-react';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { Choice } from '../../ui/choice.tsx';
import { DayField } from '../../ui/day-field.tsx';
import { FilterInput } from '../../ui/filter-input.tsx';
import { EVERYTHING, SUBJECTS, type ActivityFilter } from './filter.ts';
import css from './activity.module.css';

interface AuditFiltersProps {
  readonly filter: ActivityFilter;
  readonly onChange: (part: Partial<ActivityFilter>) => void;
}

const OUTCOMES = ['done', 'refused', 'failed'] as const;

export function AuditFilters({ filter, onChange }: AuditFiltersProps) {
  const { t } = useTranslation('activity');
  const { who, action, repository, outcome, since, until } = filter;
  const nameWho = useCallback((text: string) => onChange({ who: text }), [onChange]);
  const nameRepository = useCallback((text: string) => onChange({ repository: text }), [onChange]);
  const outcomes = OUTCOMES.map((value) => ({ value, label: t(`outcome.${value}`) }));
  return (
    <div role="search" aria-label={t('filter.label')} className={css['filters']}>
      <FilterInput label={t('filter.who')} value={who} onChange={nameWho} />
      <FilterInput label={t('filter.repository')} value={repository} onChange={nameRepository} />
      <Choice
        label={t('column.action')}
        value={action}
        items={useActions(action)}
        onChange={(value) => onChange({ action: value })}
      />
      <Choice
        label={t('column.outcome')}
        value={outcome}
        items={[{ value: '', label: t('outcome.all') }, ...outcomes]}
        onChange={(value) => onChange({ outcome: value as ActivityFilter['outcome'] })}
      />
      <DayField label={t('filter.since')} value={since} max={until} onChange={(day) => onChange({ since: day })} />
      <DayField label={t('filter.until')} value={until} min={since} onChange={(day) => onChange({ until: day })} />
      {Object.values(filter).some((part) => part !== '') && (
        <Button variant="outline" onClick={() => onChange(EVERYTHING)}>
          {t('filter.none')}
        </Button>
      )}
    </div>
  );
}

/** All, those of a subject, and the one of the address, which may be narrower. */
function useActions(action: string): readonly { readonly value: string; readonly label: string }[] {
  const { t } = useTranslation('activity');
  const offered = [
    { value: '', label: t('filter.anything') },
    ...SUBJECTS.map((subject) => ({ value: `${subject}.*`, label: t(`subject.${subject}`) })),
  ];
  return offered.some(({ value }) => value === action) ? offered : [...offered, { value: action, label: action }];
}
