import { useTranslation } from 'react-i18next';
import type { TagDocument } from '../../../../src/api/tags/contract.ts';

/** The one it is for, or how many, with their names when it is pointed at. */
export function Platforms({ tag }: { readonly tag: TagDocument }) {
  const { t } = useTranslation('repository');
  const { platforms, artifactType, children } = tag;
  if (platforms.length === 0) return artifactType ?? '';
  if (children === 0 || platforms.length === 1) return platforms.join(' ');
  return <span title={platforms.join('\n')}>{t('platforms', { count: platforms.length })}</span>;
}
