import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { search } from '../../../../src/api/search/contract.ts';
import { call, type OutputOf } from '../../api/call.ts';
import { writeReference } from '../../pages/image/reference.ts';
import { useMay } from '../session.ts';
import { PLACES } from '../shell/side-bar.tsx';

export interface FoundItem {
  readonly kind: 'page' | 'repository' | 'tag' | 'digest' | 'registry';
  readonly text: string;
  /** An address of the console. */
  readonly to: string;
}

interface Found {
  readonly items: readonly FoundItem[];
  readonly isSearching: boolean;
  /** Why nothing could be found. */
  readonly error: Error | null;
}

/** Pages by their names, and what the server finds. Without a text: the pages. */
export function useFound(text: string): Found {
  const { t } = useTranslation();
  const may = useMay();
  const typed = text.trim();
  const q = useSettled(typed);
  const found = useQuery({
    queryKey: ['search', q],
    queryFn: ({ signal }) => call<typeof search>('GET', '/api/v1/search', { q }, signal),
    enabled: q !== '',
  });
  const pages = PLACES.filter(({ ability }) => ability === undefined || may(ability))
    .map(({ to, word }) => ({ kind: 'page', text: t(`nav.${word}`), to }) as const)
    .filter((page) => page.text.toLowerCase().includes(q.toLowerCase()));
  const rest = q === '' || found.data === undefined ? [] : itemsOf(found.data);
  const items = [...rest, ...pages];
  // What is typed to the letter is what is meant.
  const exact = items.filter((item) => item.text === q);
  return {
    items: [...exact, ...items.filter((item) => item.text !== q)],
    isSearching: found.isFetching || q !== typed,
    error: found.error,
  };
}

function itemsOf({ repositories, tags, digests, registries }: OutputOf<typeof search>): readonly FoundItem[] {
  return [
    ...repositories.map(({ name }) => ({ kind: 'repository', text: name, to: `/repositories/${name}` }) as const),
    ...tags.map(({ repository, tag }) => imageItem('tag', repository, tag)),
    ...digests.map(({ repository, digest }) => imageItem('digest', repository, digest)),
    ...registries.map(
      ({ id, name, url }) => ({ kind: 'registry', text: `${name} · ${url}`, to: `/docker/${id}` }) as const,
    ),
  ];
}

function imageItem(kind: 'tag' | 'digest', repository: string, reference: string): FoundItem {
  const text = writeReference({ repository, reference });
  return { kind, text, to: `/images/${text}` };
}

/** Nobody types slower than this between two letters of one word. */
const PAUSE_MILLISECONDS = 150;

/** What was typed, when somebody stops typing. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
