import { Text } from '@ovhcloud/ods-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { RemoteImage as Image, showRemoteImage } from '../../../../../src/api/browsing/contract.ts';
import { call } from '../../../api/call.ts';
import { CommandLine } from '../../../ui/command-line.tsx';
import { Datagrid, type Column } from '../../../ui/datagrid.tsx';
import { Digest } from '../../../ui/digest.tsx';
import { Facts } from '../../../ui/facts.tsx';
import { Section } from '../../../ui/page.tsx';
import { Failed, Loading } from '../../../ui/states.tsx';
import { useFormat } from '../../../words/format.ts';
import type { Registry } from '../registries.ts';
import { pullCommand } from './pull-command.ts';
import { RefreshButton } from './refresh-button.tsx';
import css from './remote.module.css';
import { useRemote } from './use-remote.ts';

type Platform = Image['platforms'][number];

interface RemoteImageProps {
  readonly registry: Registry;
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
}

/** An image of a connected registry: its platforms, their layers, and its manifest as it came. */
export function RemoteImage({ registry, repository, reference }: RemoteImageProps) {
  const { id } = registry;
  const { answer: image, refresh } = useRemote(
    [id, 'image', repository, reference],
    async ({ refresh: isAnew, signal }) =>
      (
        await call<typeof showRemoteImage>(
          'GET',
          '/api/v1/registries/{id}/image',
          { id, repository, reference, refresh: isAnew },
          signal,
        )
      ).image,
  );
  return (
    <Section
      title={`${repository}${reference.includes(':') ? '@' : ':'}${reference}`}
      actions={<RefreshButton isBusy={image.isFetching} onRefresh={refresh} />}
    >
      {image.isError && <Failed error={image.error} onRetry={refresh} />}
      {image.isPending && <Loading />}
      {image.data !== undefined && (
        <>
          <CommandLine command={pullCommand(registry, repository, reference)} />
          <Known image={image.data} />
        </>
      )}
    </Section>
  );
}

function Known({ image }: { readonly image: Image }) {
  const { t } = useTranslation('registry');
  const format = useFormat();
  const columns = usePlatformColumns();
  const { digest, mediaType, bytes, manifest, platforms } = image;
  return (
    <>
      <Facts
        facts={[
          { name: t('remote.digest'), value: <code className={css['digest']}>{digest}</code> },
          { name: t('remote.mediaType'), value: mediaType },
          { name: t('remote.size'), value: format.bytes(bytes) },
        ]}
      />
      <Datagrid
        label={t('remote.platforms')}
        columns={columns}
        rows={platforms}
        idOf={(platform) => `${platform.digest} ${platform.platform ?? ''}`}
        empty={<p>{t('remote.noPlatforms')}</p>}
      />
      <Text preset="heading-5" as="h3">
        {t('remote.manifest')}
      </Text>
      <pre className={css['manifest']} tabIndex={0} role="region" aria-label={t('remote.manifest')}>
        {indented(manifest)}
      </pre>
    </>
  );
}

function usePlatformColumns(): readonly Column<Platform>[] {
  const { t } = useTranslation('registry');
  const format = useFormat();
  return useMemo(
    () => [
      { id: 'platform', title: t('remote.platform'), cell: ({ platform }) => platform ?? t('remote.unknownPlatform') },
      { id: 'digest', title: t('remote.digest'), cell: ({ digest }) => <Digest digest={digest} /> },
      {
        id: 'layers',
        title: t('remote.layers'),
        align: 'end',
        cell: ({ isRead, layers }) => (isRead ? format.number(layers.length) : ''),
      },
      {
        id: 'bytes',
        title: t('remote.size'),
        align: 'end',
        cell: ({ isRead, layers }) => (isRead ? format.bytes(layers.reduce((sum, { size }) => sum + size, 0)) : ''),
      },
    ],
    [t, format],
  );
}

/** A manifest may be of any form, even no JSON. */
function indented(manifest: string): string {
  try {
    return JSON.stringify(JSON.parse(manifest), undefined, 2);
  } catch {
    // Then as it came.
    return manifest;
  }
}
