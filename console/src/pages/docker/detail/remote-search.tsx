import { getRouteApi } from '@tanstack/react-router';
import { useCallback } from 'react';
import { FilterInput } from '../../../ui/filter-input.tsx';

const route = getRouteApi('/docker/$id');

/** Part of a name; it stands in the address of the page. */
export function RemoteSearch({ label }: { readonly label: string }) {
  const { q } = route.useSearch();
  const navigate = route.useNavigate();
  const look = useCallback(
    (wanted: string) => void navigate({ search: (now) => ({ ...now, q: wanted }), replace: true }),
    [navigate],
  );
  return <FilterInput label={label} value={q} onChange={look} />;
}
