import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import type { decideByDocument, previewDocument, validateDocument } from '../../../../src/api/policies/contract.ts';
import type { discardPlan, listPlanItems } from '../../../../src/api/plans/contract.ts';
import { call } from '../../api/call.ts';
import { patternsOf, type PolicyValues } from './policy-values.ts';

/** Nobody types slower than this between two letters of one word. */
const PAUSE_MILLISECONDS = 400;
/** Of what a policy would do, so much is shown before it is saved. */
const MOST_ITEMS = 500;

/** What is wrong with the document, a moment after it was typed. */
export function useValidation({ kind, document }: Pick<PolicyValues, 'kind' | 'document'>) {
  const asked = useSettled(JSON.stringify({ kind, document }));
  const said = JSON.parse(asked) as Pick<PolicyValues, 'kind' | 'document'>;
  return useQuery({
    queryKey: ['policy validation', asked],
    queryFn: ({ signal }) => call<typeof validateDocument>('POST', '/api/v1/policy-validations', said, signal),
    enabled: said.document.trim() !== '',
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
}

/** What a document would do now, where it is valid. It is worked out on the images that are there, and then forgotten. */
export function usePreview(values: PolicyValues) {
  const { asked, said, isReady } = useAsked(values);
  return useQuery({
    queryKey: ['policy preview', asked],
    queryFn: ({ signal }) => preview(said, signal),
    enabled: isReady,
    placeholderData: keepPreviousData,
  });
}

/** What it would do with every image, also with those that stay: which only this registry can say. */
export function useDecisions(values: PolicyValues) {
  const { asked, said, isReady } = useAsked(values);
  const { kind, document, patterns, registry } = said;
  const list = useInfiniteQuery({
    queryKey: ['policy decisions', asked],
    queryFn: ({ pageParam, signal }) => {
      const input = { kind, document, patterns, limit: MOST_ITEMS, after: pageParam };
      return call<typeof decideByDocument>('POST', '/api/v1/policy-decisions', input, signal);
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    enabled: isReady && registry === '',
    placeholderData: keepPreviousData,
  });
  const images = useMemo(() => list.data?.pages.flatMap((page) => page.images), [list.data]);
  return { list, images };
}

function useAsked(values: PolicyValues) {
  const { kind, document, registry } = values;
  const validation = useValidation(values);
  const asked = useSettled(JSON.stringify({ kind, document, registry, patterns: patternsOf(values) }));
  const said = JSON.parse(asked) as Asked;
  const isReady = validation.data?.isValid === true && said.document.trim() !== '' && said.patterns.length > 0;
  return { asked, said, isReady };
}

interface Asked {
  readonly kind: PolicyValues['kind'];
  readonly document: string;
  readonly registry: string;
  readonly patterns: string[];
}

async function preview({ registry, ...asked }: Asked, signal: AbortSignal) {
  const place = registry === '' ? {} : { registry };
  const { plan } = await call<typeof previewDocument>(
    'POST',
    '/api/v1/policy-previews',
    { ...asked, ...place },
    signal,
  );
  const { id } = plan;
  try {
    const path = '/api/v1/plans/{id}/items';
    const { items, next } = await call<typeof listPlanItems>('GET', path, { id, limit: MOST_ITEMS }, signal);
    return { plan, items, isWhole: next === null };
  } finally {
    // It would be forgotten by itself, only later; and some may make a plan that may not discard it.
    call<typeof discardPlan>('DELETE', '/api/v1/plans/{id}', { id }).catch(() => undefined);
  }
}

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
