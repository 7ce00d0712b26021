import { Button } from '@ovhcloud/ods-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Restoration } from '../../../../src/api/trash/contract.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { nameOf, shortDigest } from './entry-name.ts';

const SHOWN = 20;

interface RestorationReportProps {
  readonly reports: readonly Restoration[];
  readonly onClose: () => void;
}

/** What came back, what was left as it is, and what is missing. */
export function RestorationReport({ reports, onClose }: RestorationReportProps) {
  const { t } = useTranslation('trash');
  const all = <Part,>(list: (report: Restoration) => readonly Part[]): readonly Part[] => reports.flatMap(list);
  const tags = all((report) => report.tags);
  const manifests = all((report) => report.manifests);
  const repositories = all((report) => report.repositories);
  const kept = all((report) => report.kept);
  const missing = all((report) => report.missing);
  return (
    <Dialog
      title={t('restored.title')}
      onClose={onClose}
      actions={<Button onClick={onClose}>{t('restored.close')}</Button>}
    >
      <Listed title={t('restored.repositories', { count: repositories.length })} lines={repositories} />
      <Listed
        title={t('restored.tags', { count: tags.length })}
        lines={tags.map(({ repository, tag }) => `${repository}:${tag}`)}
      />
      <Listed
        title={t('restored.manifests', { count: manifests.length })}
        lines={manifests.map((manifest) => nameOf({ ...manifest, tag: null }))}
      />
      <Listed
        title={t('restored.kept', { count: kept.length })}
        lines={kept.map(({ repository, tag, digest, trashed }) =>
          t('restored.keptLine', {
            name: `${repository}:${tag}`,
            now: shortDigest(digest),
            before: shortDigest(trashed),
          }),
        )}
      />
      <Listed
        title={t('restored.missing', { count: missing.length })}
        lines={missing.map(({ repository, digest, neededBy }) =>
          t('restored.missingLine', { name: nameOf({ repository, digest, tag: null }), by: neededBy }),
        )}
      />
    </Dialog>
  );
}

function Listed({ title, lines }: { readonly title: string; readonly lines: readonly string[] }): ReactNode {
  const { t } = useTranslation('trash');
  if (lines.length === 0) return null;
  return (
    <div>
      <p>{title}</p>
      <ul>
        {[...new Set(lines)].slice(0, SHOWN).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {lines.length > SHOWN && <p>{t('andMore', { count: lines.length - SHOWN })}</p>}
    </div>
  );
}
