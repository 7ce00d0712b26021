import { Button } from '@ovhcloud/ods-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { PlugZap } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Crumbs } from '../../../ui/crumbs.tsx';
import { Page, Section } from '../../../ui/page.tsx';
import { Failed, Loading } from '../../../ui/states.tsx';
import { RegistryDialogs, type Doing } from '../dialogs/registry-dialogs.tsx';
import { registryQuery, type Registry } from '../registries.ts';
import { RegistryMenu } from '../registry-menu.tsx';
import { Checks } from './checks.tsx';
import { RegistryFacts } from './registry-facts.tsx';
import { RemoteImage } from './remote-image.tsx';
import { RemoteRepositories } from './remote-repositories.tsx';
import { RemoteTags } from './remote-tags.tsx';

const route = getRouteApi('/docker/$id');

/** One connection: how it is, what came of its checks, and what is there. */
export function RegistryPage() {
  const { id } = route.useParams();
  const registry = useQuery(registryQuery(id));
  if (registry.data !== undefined) return <Known registry={registry.data} />;
  return (
    <Page title={id}>
      {registry.isLoadingError ? (
        <Failed error={registry.error} onRetry={() => void registry.refetch()} />
      ) : (
        <Loading lines={10} />
      )}
    </Page>
  );
}

function Known({ registry }: { readonly registry: Registry }) {
  const { t } = useTranslation('registry');
  const { repository } = route.useSearch();
  const navigate = useNavigate();
  const [doing, setDoing] = useState<Doing>();
  const { name, abilities } = registry;
  return (
    <Page
      title={name}
      above={<Places registry={registry} />}
      actions={
        <>
          {abilities.includes('use') && (
            <Button variant="outline" onClick={() => setDoing({ dialog: 'test', registry })}>
              <PlugZap size={16} aria-hidden /> {t('action.test')}
            </Button>
          )}
          <RegistryMenu registry={registry} onDo={setDoing} isBrowsable={false} />
        </>
      }
    >
      {repository === '' ? (
        <>
          <RegistryFacts registry={registry} />
          <Section title={t('remote.repositories')}>
            <RemoteRepositories registry={registry} />
          </Section>
          <Section title={t('checks.title')}>
            <Checks id={registry.id} />
          </Section>
        </>
      ) : (
        <Repository registry={registry} repository={repository} />
      )}
      <RegistryDialogs
        doing={doing}
        onClose={() => setDoing(undefined)}
        onDeleted={() => void navigate({ to: '/docker' })}
      />
    </Page>
  );
}

function Repository({ registry, repository }: { readonly registry: Registry; readonly repository: string }) {
  const { reference } = route.useSearch();
  if (reference !== '') return <RemoteImage registry={registry} repository={repository} reference={reference} />;
  return (
    <Section title={repository}>
      <RemoteTags registry={registry} repository={repository} />
    </Section>
  );
}

function Places({ registry }: { readonly registry: Registry }) {
  const { t } = useTranslation('registry');
  const { repository, reference } = route.useSearch();
  const { id, name } = registry;
  const here = [reference, repository, name].find((text) => text !== '') ?? name;
  return (
    <Crumbs here={here}>
      <li>
        <Link to="/docker">{t('registries')}</Link>
      </li>
      {repository !== '' && (
        <li>
          <Link to="/docker/$id" params={{ id }}>
            {name}
          </Link>
        </li>
      )}
      {reference !== '' && (
        <li>
          <Link to="/docker/$id" params={{ id }} search={{ repository }}>
            {repository}
          </Link>
        </li>
      )}
    </Crumbs>
  );
}
