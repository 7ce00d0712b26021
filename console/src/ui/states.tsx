import { Button, Message, MessageBody, MessageIcon, Skeleton, Text } from '@ovhcloud/ods-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '../api/problem.ts';
import css from './states.module.css';

/** While a page comes: its place is kept. */
export function Loading({ lines = 6 }: { readonly lines?: number }) {
  const { t } = useTranslation();
  return (
    <div className={css['loading']} role="status" aria-label={t('loading')}>
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} />
      ))}
    </div>
  );
}

interface EmptyProps {
  readonly title: string;
  /** What to do to have something here. */
  readonly children?: ReactNode;
}

export function Empty({ title, children }: EmptyProps) {
  return (
    <div className={css['empty']}>
      <Text preset="heading-5" as="p">
        {title}
      </Text>
      {children}
    </div>
  );
}

interface FailedProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
}

/** What went wrong, in words that say what to do. Of what one may not see, that. */
export function Failed({ error, onRetry }: FailedProps) {
  const { t } = useTranslation();
  const isForbidden = error instanceof ApiProblem && error.status === 403;
  return (
    <Message color={isForbidden ? 'warning' : 'critical'} dismissible={false} role="alert">
      <MessageIcon name={isForbidden ? 'lock-close' : 'circle-xmark'} />
      <MessageBody>
        <p>{textOf(error, t('failed.unreachable'), t('failed.unknown'))}</p>
        {isForbidden && <p>{t('failed.forbidden')}</p>}
        {!isForbidden && onRetry !== undefined && (
          <Button size="sm" variant="outline" onClick={onRetry}>
            {t('retry')}
          </Button>
        )}
      </MessageBody>
    </Message>
  );
}

/** In the place of a page that somebody may not see. */
export function Forbidden({ children }: { readonly children: string }) {
  return <Failed error={new ApiProblem({ status: 403, code: 'DENIED', detail: children })} />;
}

function textOf(error: unknown, unreachable: string, unknown: string): string {
  if (!(error instanceof ApiProblem)) return unknown;
  if (error.status === 0) return unreachable;
  return error.message === '' ? unknown : error.message;
}
