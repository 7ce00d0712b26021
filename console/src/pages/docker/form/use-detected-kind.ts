import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useFormContext } from 'react-hook-form';
import { kindsQuery } from '../registries.ts';
import type { Kind } from '../registry-names.ts';
import type { RegistryValues } from './registry-values.ts';

/** Long enough for whoever types, short enough for whoever pastes. */
const PAUSE_MILLISECONDS = 250;

/**
 * Chooses the kind of which the address is for sure, each time it becomes another. Of any other address nothing is
 * known, and what was chosen by hand stays.
 *
 * @returns the kind that was recognised
 */
export function useDetectedKind({ isByHand }: { readonly isByHand: boolean }): Kind | undefined {
  const { watch, setValue, getValues } = useFormContext<RegistryValues>();
  const url = useSettled(watch('url').trim());
  const { data } = useQuery({ ...kindsQuery(url), enabled: url !== '' });
  const detected = data?.detected ?? undefined;
  const isSure = detected !== undefined && detected !== 'generic';
  useEffect(() => {
    if (detected === undefined || getValues('kind') === detected || (isByHand && !isSure)) return;
    setValue('kind', detected, { shouldDirty: true });
    setValue('form', '');
    // Only another address is a reason to choose another kind.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [detected, url]);
  return isSure ? detected : undefined;
}

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
