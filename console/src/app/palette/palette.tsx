import { Input, Modal, ModalBody, ModalContent } from '@ovhcloud/ods-react';
import { useNavigate } from '@tanstack/react-router';
import { useId, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Failed } from '../../ui/states.tsx';
import { useFound, type FoundItem } from './found.ts';
import css from './palette.module.css';

/** Finds everything, and goes there: by keyboard alone, or not. */
export function Palette({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const id = useId();
  const [text, setText] = useState('');
  const [place, setPlace] = useState(0);
  const { items, isSearching, error } = useFound(text);
  const current = Math.min(place, items.length - 1);
  const go = ({ to }: FoundItem): void => {
    onClose();
    void navigate({ href: to });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const chosen = items[current];
    if (step !== undefined) setPlace(Math.max(0, Math.min(items.length - 1, current + step)));
    // What is there while it searches is of what was typed before.
    else if (event.key === 'Enter' && chosen !== undefined && !isSearching) go(chosen);
    else return;
    event.preventDefault();
  };
  const optionId = (index: number): string => `${id}-${index}`;
  return (
    <Modal
      open
      onOpenChange={({ open }) => !open && onClose()}
      initialFocusedElement={() => document.getElementById(id)}
    >
      <ModalContent aria-label={t('palette.label')} dismissible={false} className={css['palette']}>
        <ModalBody>
          <Input
            id={id}
            type="search"
            role="combobox"
            aria-label={t('palette.label')}
            aria-expanded
            aria-controls={`${id}-list`}
            aria-activedescendant={items.length === 0 ? undefined : optionId(current)}
            autoComplete="off"
            className={css['field']}
            placeholder={t('palette.placeholder')}
            value={text}
            onKeyDown={onKeyDown}
            onChange={({ target }) => {
              setText(target.value);
              setPlace(0);
            }}
          />
          <ul id={`${id}-list`} role="listbox" aria-label={t('palette.results')} className={css['results']}>
            {items.map((item, index) => (
              <Option
                key={item.to}
                id={optionId(index)}
                item={item}
                isCurrent={index === current}
                onPoint={() => setPlace(index)}
                onChoose={() => go(item)}
              />
            ))}
          </ul>
          {error !== null && <Failed error={error} />}
          <p role="status" className={css['status']}>
            {isSearching ? t('loading') : items.length === 0 && error === null && t('palette.nothing')}
          </p>
        </ModalBody>
      </ModalContent>
    </Modal>
  );
}

interface OptionProps {
  readonly id: string;
  readonly item: FoundItem;
  readonly isCurrent: boolean;
  readonly onPoint: () => void;
  readonly onChoose: () => void;
}

/** The field keeps the focus, and hears the keys. */
function Option({ id, item, isCurrent, onPoint, onChoose }: OptionProps) {
  const { t } = useTranslation();
  const { kind, text } = item;
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <li id={id} role="option" aria-selected={isCurrent} onMouseMove={onPoint} onClick={onChoose}>
      <span className={css['text']}>{text}</span>
      <span className={css['kind']}>{t(`palette.kind.${kind}`)}</span>
    </li>
  );
}
