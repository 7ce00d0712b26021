import { Button, toast } from '@ovhcloud/ods-react';
import i18n from 'i18next';
import css from './notify.module.css';

/** Long enough to read, and to reach the button. */
const SHOWN_MILLISECONDS = 8_000;

/** Says that something was done. */
export function notify(text: string): void {
  toast(text, { color: 'success', duration: SHOWN_MILLISECONDS });
}

/** The same, of what can be taken back. */
export function notifyUndo(text: string, undo: () => Promise<unknown>): void {
  const id = toast(
    <span className={css['line']}>
      {text}
      <Button
        size="xs"
        variant="outline"
        onClick={() => {
          toast.remove(id);
          undo().catch(notifyFailure);
        }}
      >
        {i18n.t('undo')}
      </Button>
    </span>,
    { color: 'success', duration: SHOWN_MILLISECONDS },
  );
}

/** Of what was asked for in passing, with no place of its own to say so. */
export function notifyFailure(error: unknown): void {
  const text = error instanceof Error && error.message !== '' ? error.message : i18n.t('failed.unknown');
  toast(text, { color: 'critical', duration: SHOWN_MILLISECONDS });
}
