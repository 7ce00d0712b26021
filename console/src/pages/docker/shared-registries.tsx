import {
  Card,
  FormField,
  FormFieldLabel,
  Message,
  MessageBody,
  MessageIcon,
  Select,
  SelectContent,
  SelectControl,
  Text,
} from '@ovhcloud/ods-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { listSharedRegistries } from '../../../../src/api/shared-registries/contract.ts';
import { call } from '../../api/call.ts';
import { CommandLine } from '../../ui/command-line.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { useLanguage } from '../../words/languages.ts';
import css from './shared-registries.module.css';

const route = getRouteApi('/docker');

export function SharedRegistries() {
  const { t } = useTranslation('docker');
  const language = useLanguage();
  const { region } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery({
    queryKey: ['shared-registries'],
    queryFn: ({ signal }) => call<typeof listSharedRegistries>('GET', '/api/v1/shared-registries', {}, signal),
  });
  if (list.isLoadingError) return <Failed error={list.error} onRetry={() => void list.refetch()} />;
  if (list.data === undefined) return <Loading lines={4} />;
  const { sharedRegistries } = list.data;
  const chosen = sharedRegistries.find((one) => one.region === region) ?? sharedRegistries[0];
  if (chosen === undefined) {
    return (
      <Empty title={t('shared.empty')}>
        <p>{t('shared.emptyLead')}</p>
      </Empty>
    );
  }
  const warning = chosen.warning[language];
  return (
    <>
      <Message color="warning" dismissible={false} className={css['notice']}>
        <MessageIcon name="triangle-exclamation" />
        <MessageBody>{warning}</MessageBody>
      </Message>
      <FormField className={css['region']}>
        <FormFieldLabel>{t('shared.region')}</FormFieldLabel>
        <Select
          items={sharedRegistries.map((one) => ({ value: one.region, label: one.region }))}
          value={[chosen.region]}
          onValueChange={({ value }) =>
            void navigate({ search: (now) => ({ ...now, region: value[0] ?? '' }), replace: true })
          }
        >
          <SelectControl />
          <SelectContent />
        </Select>
      </FormField>
      <div className={css['cards']}>
        <Card color="neutral" className={css['card']}>
          <Text preset="caption">{t('shared.registry')}</Text>
          <Text preset="heading-5" as="p">
            {chosen.host}
          </Text>
        </Card>
        <Card color="neutral" className={css['card']}>
          <Text preset="caption">{t('shared.project')}</Text>
          <Text preset="heading-5" as="p">
            {chosen.project ?? t('shared.noProject')}
          </Text>
        </Card>
      </div>
      <Text preset="label" as="p">
        {t('shared.command')}
      </Text>
      <CommandLine command={chosen.loginCommand} />
    </>
  );
}
