import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';

const CAUSES = ['client', 'admin', 'plan', 'policy', 'expiry', 'import', 'restore', 'revert'] as const;

/** By what way something was deleted or moved, in words; what a later server may say, as it says it. */
export function useCause(): (cause: string) => string {
  const { t } = useTranslation();
  return useCallback(
    (cause) => {
      const known = CAUSES.find((one) => one === cause);
      return known === undefined ? cause : t(`cause.${known}`);
    },
    [t],
  );
}
