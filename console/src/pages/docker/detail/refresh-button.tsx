import { Button } from '@ovhcloud/ods-react';
import { RefreshCw } from 'lucide-react';
import { useTranslation } from 'react-i18next';

interface RefreshButtonProps {
  readonly isBusy: boolean;
  readonly onRefresh: () => void;
}

/** What another registry said is asked again. */
export function RefreshButton({ isBusy, onRefresh }: RefreshButtonProps) {
  const { t } = useTranslation('registry');
  return (
    <Button variant="outline" loading={isBusy} onClick={onRefresh}>
      <RefreshCw size={16} aria-hidden /> {t('remote.refresh')}
    </Button>
  );
}
