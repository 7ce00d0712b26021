import { Button, FormField, FormFieldLabel, Input } from '@ovhcloud/ods-react';
import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from './dialog.tsx';
import { Failed } from './states.tsx';

interface ConfirmDialogProps {
  readonly title: string;
  /** What the button says that does it: "Delete 3 tags". */
  readonly verb: string;
  /** Of what cannot be taken back, or is much: to be typed first. */
  readonly typed?: string | undefined;
  readonly isHarmless?: boolean;
  readonly onConfirm: () => Promise<unknown>;
  readonly onClose: () => void;
  /** What will happen. */
  readonly children: ReactNode;
}

/** Asks before something is done, in proportion to it. It stays, with the reason, where that fails. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, verb, typed, isHarmless = false, onConfirm, onClose, children } = props;
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const work = useMutation({ mutationFn: onConfirm, onSuccess: onClose });
  const isReady = typed === undefined || text.trim() === typed;
  return (
    <Dialog
      title={title}
      isAlert={!isHarmless}
      onClose={onClose}
      actions={
        <>
          <Button variant="ghost" onClick={onClose}>
            {t('cancel')}
          </Button>
          <Button
            color={isHarmless ? 'primary' : 'critical'}
            disabled={!isReady}
            loading={work.isPending}
            onClick={() => work.mutate()}
          >
            {verb}
          </Button>
        </>
      }
    >
      {children}
      {typed !== undefined && (
        <FormField>
          <FormFieldLabel>{t('typeToConfirm', { word: typed })}</FormFieldLabel>
          <Input value={text} autoComplete="off" onChange={({ target }) => setText(target.value)} />
        </FormField>
      )}
      {work.error !== null && <Failed error={work.error} />}
    </Dialog>
  );
}
