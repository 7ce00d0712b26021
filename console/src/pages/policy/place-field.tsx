import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { listRegistries } from '../../../../src/api/registries/contract.ts';
import { call } from '../../api/call.ts';
import { useMay } from '../../app/session.ts';
import { Choice } from '../../ui/choice.tsx';

const MOST = 1000;

interface PlaceFieldProps {
  /** Id of a connected registry; `''` is this one. */
  readonly value: string;
  readonly onChange: (registry: string) => void;
}

/** Where a policy cleans up. Elsewhere nothing can be restored, and this says so. */
export function PlaceField({ value, onChange }: PlaceFieldProps) {
  const { t } = useTranslation('policy');
  const mayHere = useMay()('manage-policies');
  const list = useQuery({
    queryKey: ['registries', 'places'],
    queryFn: ({ signal }) => call<typeof listRegistries>('GET', '/api/v1/registries', { limit: MOST }, signal),
  });
  const registries = list.data?.registries ?? [];
  const here = mayHere || value === '' ? [{ value: '', label: t('form.here') }] : [];
  return (
    <Choice
      label={t('form.place')}
      items={[...here, ...registries.map(({ id, name }) => ({ value: id, label: name }))]}
      value={value}
      onChange={onChange}
      help={value === '' ? t('form.hereHelp') : t('form.elsewhereHelp')}
    />
  );
}
