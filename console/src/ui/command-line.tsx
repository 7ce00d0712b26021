import { CopyButton } from './copy-button.tsx';
import css from './command-line.module.css';

/** A command to be copied into a terminal. */
export function CommandLine({ command }: { readonly command: string }) {
  return (
    <div className={css['line']}>
      <span className={css['prompt']} aria-hidden>
        $
      </span>
      {/* It scrolls where it is too long, by keyboard too. */}
      <code className={css['command']} tabIndex={0}>
        {command}
      </code>
      <CopyButton text={command} label={command} />
    </div>
  );
}
