import { Button } from '@ovhcloud/ods-react';
import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

const SHOWN_MILLISECONDS = 1500;

interface CopyButtonProps {
  readonly text: string;
  /** What is copied, for whoever does not see it. */
  readonly label: string;
}

export function CopyButton({ text, label }: CopyButtonProps) {
  const { t } = useTranslation();
  const [isCopied, setIsCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setIsCopied(false), SHOWN_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = async (): Promise<void> => {
    await copyText(text);
    setIsCopied(true);
  };
  const title = isCopied ? t('copied') : t('copy');
  return (
    <Button variant="ghost" size="xs" aria-label={`${title}: ${label}`} title={title} onClick={() => void copy()}>
      {isCopied ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
      <span role="status" className="sr-only">
        {isCopied ? t('copied') : ''}
      </span>
    </Button>
  );
}

/** Over plain HTTP a browser has no clipboard to offer, except in the old way. */
async function copyText(text: string): Promise<void> {
  if (window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.setAttribute('readonly', '');
  area.className = 'sr-only';
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
