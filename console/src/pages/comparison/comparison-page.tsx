import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { compareImages } from '../../../../src/api/comparison/contract.ts';
import { call, type OutputOf } from '../../api/call.ts';
import { Crumbs } from '../../ui/crumbs.tsx';
import { Digest } from '../../ui/digest.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { StateBadge } from '../../ui/state-badge.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { useFormat } from '../../words/format.ts';
import { readReference, writeReference } from '../image/reference.ts';
import css from './comparison.module.css';

type Comparison = OutputOf<typeof compareImages>;

const route = getRouteApi('/comparison');

/** What two images have in common, and what not. */
export function ComparisonPage() {
  const { t } = useTranslation('comparison');
  const { from, to, platform } = route.useSearch();
  const [before, after] = [readReference(from), readReference(to)];
  const found = useQuery({
    queryKey: ['comparison', from, to, platform],
    queryFn: ({ signal }) =>
      call<typeof compareImages>(
        'GET',
        '/api/v1/repositories/{repository}/comparison',
        {
          repository: before.repository,
          from: before.reference,
          to: after.reference,
          toRepository: after.repository,
          ...(platform !== '' && { platform }),
        },
        signal,
      ),
    enabled: from !== '' && to !== '',
  });
  return (
    <Page
      title={t('title')}
      above={
        <Crumbs here={t('title')}>
          <li>
            <Link to="/repositories/$" params={{ _splat: before.repository }}>
              {before.repository}
            </Link>
          </li>
        </Crumbs>
      }
    >
      {(from === '' || to === '') && (
        <Empty title={t('nothing')}>
          <p>{t('nothingLead')}</p>
        </Empty>
      )}
      {found.isError && <Failed error={found.error} onRetry={() => void found.refetch()} />}
      {found.isLoading && <Loading />}
      {found.data !== undefined && <Differences comparison={found.data} />}
    </Page>
  );
}

function Differences({ comparison }: { readonly comparison: Comparison }) {
  const { t } = useTranslation('comparison');
  const { config, layers, isConfigRead } = comparison;
  return (
    <>
      <Sides comparison={comparison} />
      <Section title={t('config')}>
        {!isConfigRead && <p>{t('configUnread')}</p>}
        {isConfigRead && config.length === 0 && <p>{t('configSame')}</p>}
        {config.length > 0 && <ConfigTable changes={config} />}
      </Section>
      <Section title={t('layers')}>
        <LayerTable layers={layers} />
      </Section>
    </>
  );
}

function Sides({ comparison: { from, to, bytes } }: { readonly comparison: Comparison }) {
  const { t } = useTranslation('comparison');
  const format = useFormat();
  return (
    <div className={css['sides']}>
      {[from, to].map(({ repository, reference, platform, image, bytes: size }) => (
        <div key={`${repository} ${reference}`} className={css['side']}>
          <Link to="/images/$" params={{ _splat: writeReference({ repository, reference }) }}>
            {writeReference({ repository, reference })}
          </Link>
          <Digest digest={image} />
          <span>{[platform, format.bytes(size)].filter(Boolean).join(' · ')}</span>
        </div>
      ))}
      <p className={css['sum']}>
        {bytes === 0 ? t('sameSize') : t(bytes > 0 ? 'larger' : 'smaller', { size: format.bytes(Math.abs(bytes)) })}
      </p>
    </div>
  );
}

function ConfigTable({ changes }: { readonly changes: Comparison['config'] }) {
  const { t } = useTranslation('comparison');
  return (
    <div className={css['frame']} tabIndex={0} role="region" aria-label={t('config')}>
      <table className={css['table']}>
        <thead>
          <tr>
            <th scope="col">{t('what')}</th>
            <th scope="col">{t('before')}</th>
            <th scope="col">{t('after')}</th>
          </tr>
        </thead>
        <tbody>
          {changes.map(({ field, name, from, to }) => (
            <tr key={`${field} ${name}`}>
              <th scope="row">
                {t(`field.${field}`)} {name !== null && <code>{name}</code>}
              </th>
              <td>{from === null ? t('absent') : <code>{from}</code>}</td>
              <td>{to === null ? t('absent') : <code>{to}</code>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const MOODS = { shared: 'neutral', added: 'notice', removed: 'bad' } as const;

function LayerTable({ layers }: { readonly layers: Comparison['layers'] }) {
  const { t } = useTranslation('comparison');
  const format = useFormat();
  return (
    <div className={css['frame']} tabIndex={0} role="region" aria-label={t('layers')}>
      <table className={css['table']}>
        <thead>
          <tr>
            <th scope="col">{t('what')}</th>
            <th scope="col">{t('digest')}</th>
            <th scope="col">{t('size')}</th>
          </tr>
        </thead>
        <tbody>
          {layers.map(({ digest, change, size }, place) => (
            <tr key={`${digest} ${place}`}>
              <td>
                <StateBadge mood={MOODS[change]}>{t(`change.${change}`)}</StateBadge>
              </td>
              <td>
                <Digest digest={digest} />
              </td>
              <td>{format.bytes(size)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
