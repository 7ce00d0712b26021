import { useTranslation } from 'react-i18next';
import { Choice } from '../../ui/choice.tsx';
import { Field } from '../../ui/field.tsx';
import form from '../../ui/form.module.css';
import { useScheduleWords } from '../policies/schedule-words.ts';
import type { PartProps } from './policy-form.tsx';

/** Cron's way of saying what most want. */
const COMMON = { never: '', hourly: '15 * * * *', daily: '30 3 * * *', weekly: '30 3 * * 0', monthly: '30 3 1 * *' };
const RHYTHMS = ['never', 'hourly', 'daily', 'weekly', 'monthly'] as const;

/** When it runs by itself: a usual rhythm, or any that cron can say. */
export function ScheduleFields({ values, onChange }: PartProps) {
  const { t } = useTranslation('policy');
  const inWords = useScheduleWords();
  const { schedule, timeZone } = values;
  const rhythm = RHYTHMS.find((one) => COMMON[one] === schedule) ?? 'custom';
  return (
    <>
      <Choice
        label={t('form.rhythm')}
        items={[...RHYTHMS, 'custom' as const].map((one) => ({ value: one, label: t(`rhythm.${one}`) }))}
        value={rhythm}
        onChange={(one) => onChange({ schedule: one === 'custom' ? `${schedule} ` : COMMON[one] })}
        help={inWords({ schedule: schedule.trim() === '' ? null : schedule, timeZone })}
      />
      {schedule !== '' && (
        <div className={form['pair']}>
          <Field
            label={t('form.schedule')}
            help={t('form.scheduleHelp')}
            value={schedule}
            spellCheck={false}
            onChange={({ target }) => onChange({ schedule: target.value })}
          />
          <Field
            label={t('form.timeZone')}
            value={timeZone}
            spellCheck={false}
            onChange={({ target }) => onChange({ timeZone: target.value })}
          />
        </div>
      )}
    </>
  );
}
