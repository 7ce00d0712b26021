import { useTranslation } from 'react-i18next';
import type { TagDocument } from '../../../../src/api/tags/contract.ts';
import { StateBadge } from '../../ui/state-badge.tsx';
import { useFormat } from '../../words/format.ts';

/** What keeps a tag where it is, and what ends it. */
export function TagFlags({ tag }: { readonly tag: TagDocument }) {
  const { t } = useTranslation('repository');
  const format = useFormat();
  const { isImmutable, isProtected, isPinned, expiresAt } = tag;
  return (
    <>
      {isImmutable && <StateBadge mood="neutral">{t('flag.immutable')}</StateBadge>}
      {isProtected && <StateBadge mood="neutral">{t('flag.protected')}</StateBadge>}
      {isPinned && <StateBadge mood="neutral">{t('flag.pinned')}</StateBadge>}
      {expiresAt !== null && <StateBadge mood="notice">{t('flag.ends', { when: format.ago(expiresAt) })}</StateBadge>}
    </>
  );
}
