import { Button, Text } from '@ovhcloud/ods-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { showLoginLines } from '../../../../../src/api/credentials/contract.ts';
import { call } from '../../../api/call.ts';
import { CommandLine } from '../../../ui/command-line.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { Failed, Loading } from '../../../ui/states.tsx';
import type { RegistryDialogProps } from './registry-dialogs.tsx';

/** The lines by which clients log in there. No secret is in them. */
export function LoginDialog({ registry, onClose }: RegistryDialogProps) {
  const { t } = useTranslation('registry');
  const { t: common } = useTranslation();
  const { id } = registry;
  const login = useQuery({
    queryKey: ['login-lines', id],
    queryFn: ({ signal }) => call<typeof showLoginLines>('GET', '/api/v1/registries/{id}/login-lines', { id }, signal),
  });
  return (
    <Dialog
      title={t('login.title', { name: registry.name })}
      onClose={onClose}
      actions={<Button onClick={onClose}>{common('close')}</Button>}
    >
      <p>{t('login.lead')}</p>
      {login.isError && <Failed error={login.error} onRetry={() => void login.refetch()} />}
      {login.isPending && <Loading lines={4} />}
      {login.data?.lines.map(({ tool, line }) => (
        <div key={tool}>
          <Text preset="label" as="p">
            {tool}
          </Text>
          <CommandLine command={line} />
        </div>
      ))}
      {login.data?.remarks.map((remark) => (
        <p key={remark} lang="en">
          {remark}
        </p>
      ))}
    </Dialog>
  );
}
