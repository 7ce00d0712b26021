import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ImageReply } from '../../../../src/api/images/contract.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import css from './image.module.css';
import { writeReference } from './reference.ts';

const DIGEST = /((?:sha256:[0-9a-f]{64})|(?:sha512:[0-9a-f]{128}))/;

/** The manifest as it was pushed; of what it names and is a manifest, the way there. */
export function ManifestView({ image }: { readonly image: ImageReply }) {
  const { t } = useTranslation('image');
  const { repository, manifest, children, subject } = image;
  const manifests = new Set([...children.filter(({ isHere }) => isHere).map(({ digest }) => digest), subject]);
  return (
    <div className={css['view']}>
      <p>
        {t('manifestLead')} <CopyButton text={manifest} label={t('view.manifest')} />
      </p>
      <pre className={css['text']} tabIndex={0}>
        {readable(manifest)
          .split(DIGEST)
          .map((part, place) =>
            manifests.has(part) ? (
              <Link key={place} to="/images/$" params={{ _splat: writeReference({ repository, reference: part }) }}>
                {part}
              </Link>
            ) : (
              part
            ),
          )}
      </pre>
    </div>
  );
}

/** Indented, where it came without. */
function readable(manifest: string): string {
  try {
    return JSON.stringify(JSON.parse(manifest), null, 2);
  } catch {
    // It was accepted, so it is JSON of some kind; whatever it is, it is shown.
    return manifest;
  }
}
