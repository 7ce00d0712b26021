import { Modal, ModalBody, ModalContent, ModalHeader, Text } from '@ovhcloud/ods-react';
import { useId, type ReactNode } from 'react';
import { useLanguage } from '../words/languages.ts';
import css from './dialog.module.css';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  /** Of a question whose answer cannot be taken back: it is told as an alert. */
  readonly isAlert?: boolean;
  /** It shows what is gone when it is closed, or will: a button closes it, and nothing else. */
  readonly isKept?: boolean;
  /** Buttons, the one that does it last. */
  readonly actions: ReactNode;
  readonly children: ReactNode;
}

/** A window over the page: there as long as it is drawn. Escape and the cross close it. */
export function Dialog({ title, onClose, isAlert = false, isKept = false, actions, children }: DialogProps) {
  const id = useId();
  const language = useLanguage();
  return (
    <Modal
      open
      locale={language}
      onOpenChange={({ open }) => !open && onClose()}
      closeOnEscape={!isKept}
      closeOnInteractOutside={!isKept}
    >
      <ModalContent
        aria-labelledby={id}
        role={isAlert ? 'alertdialog' : 'dialog'}
        className={css['dialog']}
        dismissible={!isKept}
      >
        <ModalHeader>
          <Text preset="heading-4" as="h2" id={id}>
            {title}
          </Text>
        </ModalHeader>
        <ModalBody>
          <div className={css['body']}>{children}</div>
          <div className={css['actions']}>{actions}</div>
        </ModalBody>
      </ModalContent>
    </Modal>
  );
}
