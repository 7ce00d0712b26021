import { CopyButton } from './copy-button.tsx';
import css from './text-block.module.css';

interface TextBlockProps {
  /** What it is, for whoever does not see it. */
  readonly label: string;
  readonly text: string;
}

/** Lines to be copied as they are: a secret, a file, some commands. */
export function TextBlock({ label, text }: TextBlockProps) {
  return (
    <div className={css['block']}>
      {/* It scrolls where it is too long, by keyboard too. */}
      <pre tabIndex={0} role="region" aria-label={label}>
        {text}
      </pre>
      <CopyButton text={text} label={label} />
    </div>
  );
}
