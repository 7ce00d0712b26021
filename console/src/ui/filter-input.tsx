import { Input } from '@ovhcloud/ods-react';
import { useEffect, useState } from 'react';
import { useLanguage } from '../words/languages.ts';
import css from './filter-input.module.css';

/** Nobody types slower than this between two letters of one word. */
const PAUSE_MILLISECONDS = 250;

interface FilterInputProps {
  readonly label: string;
  /** As the address has it. */
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** What a list is narrowed by. The list follows when somebody stops typing. */
export function FilterInput({ label, value, onChange }: FilterInputProps) {
  const language = useLanguage();
  const [typed, setTyped] = useState({ text: value, over: value });
  // The address may change without anybody's typing: the way back does that.
  const text = typed.over === value ? typed.text : value;
  useEffect(() => {
    if (text === value) return undefined;
    const timer = setTimeout(() => onChange(text), PAUSE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <Input
      type="search"
      locale={language}
      aria-label={label}
      placeholder={label}
      className={css['filter']}
      value={text}
      onChange={({ target }) => setTyped({ text: target.value, over: value })}
    />
  );
}
