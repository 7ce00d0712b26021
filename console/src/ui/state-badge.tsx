import { Badge } from '@ovhcloud/ods-react';
import type { ReactNode } from 'react';

export type Mood = 'good' | 'notice' | 'bad' | 'neutral';

const COLORS = { good: 'success', notice: 'warning', bad: 'critical', neutral: 'neutral' } as const;

/** How something is, in a word: the colour says the same again. */
export function StateBadge({ mood, children }: { readonly mood: Mood; readonly children: ReactNode }) {
  return (
    <Badge size="sm" color={COLORS[mood]}>
      {children}
    </Badge>
  );
}
