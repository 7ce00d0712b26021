import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { listPresets } from '../../../../src/api/policies/contract.ts';
import { call } from '../../api/call.ts';
import { Choice } from '../../ui/choice.tsx';
import { Failed, Loading } from '../../ui/states.tsx';
import type { PolicyValues } from './policy-values.ts';

const NONE = 'none';

interface PresetChoiceProps {
  readonly onChoose: (part: Pick<PolicyValues, 'kind' | 'document'>) => void;
}

/** Ready-made policies to start from. What they say is the server's, and so is how it says it. */
export function PresetChoice({ onChoose }: PresetChoiceProps) {
  const { t } = useTranslation('policy');
  const [chosen, setChosen] = useState(NONE);
  const list = useQuery({
    queryKey: ['policy presets'],
    queryFn: ({ signal }) => call<typeof listPresets>('GET', '/api/v1/policy-presets', {}, signal),
    staleTime: Infinity,
  });
  if (list.isLoadingError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  if (list.data === undefined) return <Loading lines={2} />;
  const { presets } = list.data;
  const choose = (name: string): void => {
    const preset = presets.find((one) => one.name === name);
    setChosen(name);
    if (preset !== undefined) onChoose({ kind: preset.kind, document: preset.document });
  };
  return (
    <Choice
      label={t('form.preset')}
      items={[
        { value: NONE, label: t('form.noPreset') },
        ...presets.map(({ name, title }) => ({ value: name, label: title })),
      ]}
      value={chosen}
      onChange={choose}
      help={presets.find(({ name }) => name === chosen)?.sentence ?? t('form.presetHelp')}
    />
  );
}
