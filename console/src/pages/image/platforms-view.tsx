import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ImageReply } from '../../../../src/api/images/contract.ts';
import { Digest } from '../../ui/digest.tsx';
import { useFormat } from '../../words/format.ts';
import css from './image.module.css';
import { writeReference } from './reference.ts';

/** What an index names: an image for each platform, and what was said of them when they were built. */
export function PlatformsView({ image }: { readonly image: ImageReply }) {
  const { t } = useTranslation('image');
  const format = useFormat();
  const { repository, children } = image;
  return (
    <div className={css['frame']} tabIndex={0} role="region" aria-label={t('view.platforms')}>
      <table className={css['table']}>
        <thead>
          <tr>
            <th scope="col">{t('platform')}</th>
            <th scope="col">{t('kind')}</th>
            <th scope="col">{t('digest')}</th>
            <th scope="col" data-align="end">
              {t('size')}
            </th>
          </tr>
        </thead>
        <tbody>
          {children.map(({ digest, platform, kind, bytes, isHere }) => (
            <tr key={digest}>
              <td>
                {isHere ? (
                  <Link to="/images/$" params={{ _splat: writeReference({ repository, reference: digest }) }}>
                    {platform ?? t(`kinds.${kind}`)}
                  </Link>
                ) : (
                  <span>{t('notHere', { name: platform ?? digest })}</span>
                )}
              </td>
              <td>{t(`kinds.${kind}`)}</td>
              <td>
                <Digest digest={digest} />
              </td>
              <td data-align="end">{bytes === null ? '' : format.bytes(bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
