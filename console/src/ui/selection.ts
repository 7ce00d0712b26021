import { useCallback, useEffect, useRef, useState } from 'react';

export interface Selection {
  readonly selected: ReadonlySet<string>;
  /** @param isRange all from the one before to this one, as with the shift key. */
  readonly toggle: (id: string, isRange: boolean) => void;
  readonly clear: () => void;
}

const NOTHING: ReadonlySet<string> = new Set();

/** Which rows of a list are chosen. @param order of all rows that have come. */
export function useSelection(order: readonly string[]): Selection {
  const [selected, setSelected] = useState(NOTHING);
  const last = useRef<string>(undefined);
  const current = useRef(order);
  useEffect(() => {
    current.current = order;
  }, [order]);
  const toggle = useCallback((id: string, isRange: boolean) => {
    const from = isRange ? last.current : undefined;
    last.current = id;
    setSelected((now) => toggled(now, id, between(current.current, from ?? id, id)));
  }, []);
  const clear = useCallback(() => setSelected(NOTHING), []);
  return { selected, toggle, clear };
}

function toggled(now: ReadonlySet<string>, id: string, range: readonly string[]): ReadonlySet<string> {
  const next = new Set(now);
  const isOn = !now.has(id);
  for (const one of range) {
    if (isOn) next.add(one);
    else next.delete(one);
  }
  return next;
}

function between(order: readonly string[], from: string, to: string): readonly string[] {
  const [first, second] = [order.indexOf(from), order.indexOf(to)];
  if (first === -1 || second === -1) return [to];
  return order.slice(Math.min(first, second), Math.max(first, second) + 1);
}
