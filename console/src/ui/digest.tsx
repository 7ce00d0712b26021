import { CopyButton } from './copy-button.tsx';
import css from './digest.module.css';

const SHOWN_CHARACTERS = 12;

/** A digest, as much of it as tells it from others; all of it is copied. */
export function Digest({ digest }: { readonly digest: string }) {
  const [, hexadecimal = digest] = digest.split(':', 2);
  return (
    <span className={css['digest']}>
      <code title={digest}>{hexadecimal.slice(0, SHOWN_CHARACTERS)}</code>
      <CopyButton text={digest} label={digest} />
    </span>
  );
}
