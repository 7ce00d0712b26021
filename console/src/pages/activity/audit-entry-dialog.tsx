import { Button } from '@ovhcloud/ods-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { AuditEntry } from '../../../../src/api/audit/contract.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Digest } from '../../ui/digest.tsx';
import { Facts, type Fact } from '../../ui/facts.tsx';
import { StateBadge } from '../../ui/state-badge.tsx';
import { TextBlock } from '../../ui/text-block.tsx';
import { useFormat } from '../../words/format.ts';
import { OUTCOME_MOODS } from './audit-columns.tsx';

interface AuditEntryDialogProps {
  readonly entry: AuditEntry;
  readonly onClose: () => void;
}

/** All that is known of one line. */
export function AuditEntryDialog({ entry, onClose }: AuditEntryDialogProps) {
  const { t } = useTranslation(['activity', 'common']);
  const { action, details, principal } = entry;
  return (
    <Dialog
      title={action}
      onClose={onClose}
      actions={
        <Button variant="ghost" onClick={onClose}>
          {t('common:close')}
        </Button>
      }
    >
      <Facts facts={useFacts(entry)} />
      {details !== null && Object.keys(details).length > 0 && (
        <TextBlock label={t('column.details')} text={JSON.stringify(details, null, 2)} />
      )}
      <p>
        <Link to="/activity" search={{ who: principal.name }} onClick={onClose}>
          {t('allOf', { name: principal.name })}
        </Link>
      </p>
      <p>
        <Link to="/activity" search={{ action }} onClick={onClose}>
          {t('allOf', { name: action })}
        </Link>
      </p>
    </Dialog>
  );
}

function useFacts(entry: AuditEntry): readonly Fact[] {
  const { t } = useTranslation('activity');
  const format = useFormat();
  const { at, outcome, principal, source, client, requestId, repository, tag, digest, sequence, hash } = entry;
  const mood = OUTCOME_MOODS[outcome];
  return [
    { name: t('column.at'), value: format.time(at) },
    { name: t('column.who'), value: `${principal.name} (${principal.id})` },
    { name: t('column.outcome'), value: <StateBadge mood={mood}>{t(`outcome.${outcome}`)}</StateBadge> },
    { name: t('column.source'), value: source },
    { name: t('column.client'), value: client },
    { name: t('column.request'), value: requestId },
    {
      name: t('column.repository'),
      value: repository && (
        <Link to="/repositories/$" params={{ _splat: repository }}>
          {repository}
        </Link>
      ),
    },
    { name: t('column.tag'), value: tag },
    { name: t('column.digest'), value: digest && <Digest digest={digest} /> },
    { name: t('column.sequence'), value: sequence === null ? t('unsealed') : format.number(sequence) },
    { name: t('column.hash'), value: hash && <Digest digest={hash} /> },
  ];
}
