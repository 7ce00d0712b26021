import { Button, FormField, FormFieldLabel, Input } from '@ovhcloud/ods-react';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState, type ReactNode } from 'react';
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
  /** What will happen is not known yet. */
  readonly isWaiting?: boolean;
  /** @param signal of work in several steps: aborted when somebody stops it. */
  readonly onConfirm: (signal: AbortSignal) => Promise<unknown>;
  /** It looks at the signal: it can be stopped half-way. */
  readonly isStoppable?: boolean;
  readonly onClose: () => void;
  /** What will happen. */
  readonly children: ReactNode;
}

/** Asks before something is done, in proportion to it. It stays, with the reason, where that fails. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, verb, typed, isHarmless = false, isWaiting = false, isStoppable = false } = props;
  const { onConfirm, onClose, children } = props;
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const stop = useRef(new AbortController());
  const work = useMutation({
    mutationFn: () => {
      stop.current = new AbortController();
      return onConfirm(stop.current.signal);
    },
    onSuccess: onClose,
  });
  const isReady = !isWaiting && (typed === undefined || text.trim() === typed);
  return (
    <Dialog
      title={title}
      isAlert={!isHarmless}
      isKept={work.isPending}
      onClose={onClose}
      actions={
        <>
          {work.isPending ? (
            <Button variant="ghost" disabled={!isStoppable} onClick={() => stop.current.abort()}>
              {t('stop')}
            </Button>
          ) : (
            <Button variant="ghost" onClick={onClose}>
              {t('cancel')}
            </Button>
          )}
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
