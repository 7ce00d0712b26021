import { useTranslation } from 'react-i18next';
import { CommandLine } from '../../ui/command-line.tsx';
import css from './datastore.module.css';

/** They are made on the server's machine alone: what they write holds hashes of passwords, and goes where it is told. */
export function Backups() {
  const { t } = useTranslation('datastore');
  return (
    <div className={css['part']}>
      <p>{t('backups.lead')}</p>
      {['havre backup /mnt/backup', 'havre backup --keep 30 s3://backups/registry'].map((command) => (
        <div key={command} className={css['wide']}>
          <CommandLine command={command} />
        </div>
      ))}
      <p>{t('backups.restore')}</p>
      <div className={css['wide']}>
        <CommandLine command="havre restore /mnt/backup --data /var/lib/havre" />
      </div>
    </div>
  );
}
