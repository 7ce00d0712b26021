import { Message, MessageBody, MessageIcon, Text } from '@ovhcloud/ods-react';
import { useTranslation } from 'react-i18next';
import type { RegistryTest } from '../../../../../src/api/registries/contract.ts';
import { StateBadge } from '../../../ui/state-badge.tsx';
import { useFormat } from '../../../words/format.ts';
import css from './test-report.module.css';

const ABILITIES = ['list', 'pull', 'push', 'delete'] as const;
const MOODS = { yes: 'good', no: 'bad', unknown: 'neutral' } as const;

/** What came of trying a registry: what is wrong and what to do, or what may be done there. */
export function TestReport({ test }: { readonly test: RegistryTest }) {
  const { t } = useTranslation('registry');
  const format = useFormat();
  const { outcome, message, report, milliseconds } = test;
  const isGood = outcome === 'ok';
  return (
    <div className={css['report']} role="status">
      <Message color={isGood ? 'success' : 'critical'} dismissible={false}>
        <MessageIcon name={isGood ? 'circle-check' : 'circle-xmark'} />
        <MessageBody>
          {isGood ? (
            <p>{t('test.good', { milliseconds: format.number(Math.round(milliseconds)) })}</p>
          ) : (
            <Diagnosis diagnosis={outcome} message={message} />
          )}
        </MessageBody>
      </Message>
      {report !== null && <Report report={report} />}
    </div>
  );
}

interface DiagnosisProps {
  readonly diagnosis: Exclude<RegistryTest['outcome'], 'ok'>;
  /** As the server has it, of just this case. */
  readonly message: string;
}

/** What is wrong, in a word, what to do, and the case in full. */
export function Diagnosis({ diagnosis, message }: DiagnosisProps) {
  const { t } = useTranslation('registry');
  return (
    <>
      <p className={css['what']}>
        <strong>{t(`diagnosis.${diagnosis}.short`)}</strong>
      </p>
      <p>{t(`diagnosis.${diagnosis}.advice`)}</p>
      <p lang="en">{message}</p>
    </>
  );
}

function Report({ report }: { readonly report: NonNullable<RegistryTest['report']> }) {
  const { t } = useTranslation('registry');
  const format = useFormat();
  const { abilities, account, secretExpiresAt, remarks, clockSkewSeconds } = report;
  return (
    <>
      <Text preset="label" as="p">
        {t('test.abilities')}
      </Text>
      <ul className={css['abilities']}>
        {ABILITIES.map((ability) => {
          const can = abilities[ability];
          return (
            <li key={ability}>
              <StateBadge mood={MOODS[can]}>
                {t('test.ability', { ability: t(`ability.${ability}`), can: t(`can.${can}`) })}
              </StateBadge>
            </li>
          );
        })}
      </ul>
      {account !== null && <p>{t('test.account', { account })}</p>}
      {secretExpiresAt !== null && <p>{t('test.secretExpires', { date: format.date(secretExpiresAt) })}</p>}
      {clockSkewSeconds !== null && Math.abs(clockSkewSeconds) >= NOTABLE_SECONDS && (
        <p>{t('test.clockSkew', { seconds: format.number(Math.round(clockSkewSeconds)) })}</p>
      )}
      {remarks.length > 0 && (
        <ul className={css['remarks']} lang="en">
          {remarks.map((remark) => (
            <li key={remark}>{remark}</li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Clocks that differ by less do no harm. */
const NOTABLE_SECONDS = 5;
