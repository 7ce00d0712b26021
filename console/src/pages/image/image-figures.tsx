import { useTranslation } from 'react-i18next';
import type { ImageReply } from '../../../../src/api/images/contract.ts';
import { Figures } from '../../ui/figures.tsx';
import { useFormat } from '../../words/format.ts';

export function ImageFigures({ image }: { readonly image: ImageReply }) {
  const { t } = useTranslation('image');
  const format = useFormat();
  const { kind, bytes, config, pushedAt, lastPulledAt, pulls } = image;
  const platform = [config?.os, config?.architecture, config?.variant].filter(Boolean).join('/');
  return (
    <Figures
      figures={[
        { label: t('kind'), value: t(`kinds.${kind}`) },
        { label: t('size'), value: bytes === null ? '' : format.bytes(bytes) },
        ...(platform === '' ? [] : [{ label: t('platform'), value: platform }]),
        { label: t('pushed'), value: format.ago(pushedAt) },
        { label: t('pulled'), value: lastPulledAt === null ? t('never') : format.ago(lastPulledAt) },
        { label: t('pulls'), value: format.number(pulls) },
      ]}
    />
  );
}
