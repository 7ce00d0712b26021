import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../app/session.ts';
import { CommandLine } from '../../ui/command-line.tsx';
import { Pills } from '../../ui/pills.tsx';
import css from './pull-commands.module.css';

const CLIENTS = ['docker', 'podman', 'nerdctl', 'crane', 'kubernetes'] as const;
type Client = (typeof CLIENTS)[number];

/** What is typed elsewhere to have an image, or to bring one. */
export function PullCommands({ repository }: { readonly repository: string }) {
  const { t } = useTranslation('repository');
  const { instance } = useSession();
  const [client, setClient] = useState<Client>('docker');
  const reference = `${instance.registry}/${repository}:latest`;
  return (
    <section className={css['commands']} aria-label={t('commands.label')}>
      <Pills
        label={t('commands.client')}
        options={CLIENTS.map((name) => ({ value: name, text: t(`commands.${name}`) }))}
        value={client}
        onChange={setClient}
      />
      {commandsOf(client, reference).map((command) => (
        <CommandLine key={command} command={command} />
      ))}
    </section>
  );
}

function commandsOf(client: Client, reference: string): readonly string[] {
  if (client === 'kubernetes') return [`kubectl create deployment app --image=${reference}`];
  if (client === 'crane') return [`crane pull ${reference} image.tar`, `crane push image.tar ${reference}`];
  return [`${client} pull ${reference}`, `${client} push ${reference}`];
}
