import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ImageReply, showImage } from '../../../../src/api/images/contract.ts';
import { call } from '../../api/call.ts';
import { useSession } from '../../app/session.ts';
import { CommandLine } from '../../ui/command-line.tsx';
import { Crumbs } from '../../ui/crumbs.tsx';
import { Page } from '../../ui/page.tsx';
import { Failed, Loading } from '../../ui/states.tsx';
import { ViewTabs } from '../../ui/view-tabs.tsx';
import { ConfigView } from './config-view.tsx';
import { HistoryView } from './history-view.tsx';
import { ImageFigures } from './image-figures.tsx';
import { LayersView } from './layers-view.tsx';
import { ManifestView } from './manifest-view.tsx';
import { PlatformsView } from './platforms-view.tsx';
import { isDigestReference, readReference, writeReference } from './reference.ts';
import { ReferrersView } from './referrers-view.tsx';
import { viewsOf, type ImageView } from './views.ts';

const route = getRouteApi('/images/$');

export function ImagePage() {
  const { t } = useTranslation('image');
  const named = readReference(route.useParams()._splat ?? '');
  const { view } = route.useSearch();
  const { registry } = useSession().instance;
  const shown = useQuery({
    queryKey: ['image', named.repository, named.reference],
    queryFn: ({ signal }) =>
      call<typeof showImage>('GET', '/api/v1/repositories/{repository}/images/{reference}', { ...named }, signal),
  });
  const image = shown.data?.image;
  const isTag = !isDigestReference(named.reference);
  const views = image === undefined ? [] : viewsOf(image, isTag);
  const current: ImageView = views.find((one) => one === view) ?? views[0] ?? 'config';
  return (
    <Page
      title={writeReference(named)}
      above={
        <Crumbs here={named.reference}>
          <li>
            <Link to="/repositories">{t('repositories')}</Link>
          </li>
          <li>
            <Link to="/repositories/$" params={{ _splat: named.repository }}>
              {named.repository}
            </Link>
          </li>
        </Crumbs>
      }
    >
      {shown.isError && <Failed error={shown.error} onRetry={() => void shown.refetch()} />}
      {shown.isPending && <Loading />}
      {image !== undefined && (
        <>
          <ImageFigures image={image} />
          {commandsFor(image, `${registry}/${named.repository}`, named.reference).map((command) => (
            <CommandLine key={command} command={command} />
          ))}
          <ViewTabs
            label={t('views')}
            tabs={views.map((one) => ({ id: one, text: t(`view.${one}`) }))}
            current={current}
          />
          {current === 'platforms' && <PlatformsView image={image} />}
          {current === 'config' && <ConfigView image={image} />}
          {current === 'layers' && <LayersView image={image} />}
          {current === 'referrers' && <ReferrersView image={image} />}
          {current === 'history' && <HistoryView repository={named.repository} tag={named.reference} />}
          {current === 'manifest' && <ManifestView image={image} />}
        </>
      )}
    </Page>
  );
}

/** By tag, and by digest, which is the same for ever; each kind of thing by the client that can do something with it. */
function commandsFor({ kind, digest }: ImageReply, place: string, reference: string): readonly string[] {
  const names = isDigestReference(reference) ? [`${place}@${digest}`] : [`${place}:${reference}`, `${place}@${digest}`];
  if (kind === 'image' || kind === 'index') return names.map((name) => `docker pull ${name}`);
  if (kind === 'helm-chart')
    return isDigestReference(reference) ? [] : [`helm pull oci://${place} --version ${reference}`];
  return names.map((name) => `oras pull ${name}`);
}
