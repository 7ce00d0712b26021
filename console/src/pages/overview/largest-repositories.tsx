import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { RepositorySizes } from '../../../../src/api/sizes/contract.ts';
import { useFormat } from '../../words/format.ts';
import css from './largest-repositories.module.css';

/** The repositories that hold most, each beside the largest. */
export function LargestRepositories({ repositories }: { readonly repositories: readonly RepositorySizes[] }) {
  const { t } = useTranslation('overview');
  const format = useFormat();
  const largest = Math.max(1, ...repositories.map(({ size }) => size.total));
  return (
    <ol className={css['list']}>
      {repositories.map(({ repository, size, tags }) => (
        <li key={repository}>
          <Link to="/repositories/$" params={{ _splat: repository }}>
            {repository}
          </Link>
          <progress max={largest} value={size.total} aria-label={format.bytes(size.total)} />
          <span className={css['number']}>{format.bytes(size.total)}</span>
          <span className={css['number']}>{t('tagsOf', { count: tags })}</span>
        </li>
      ))}
    </ol>
  );
}
