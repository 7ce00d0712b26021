import { useCallback, useEffect, useRef, useState } from 'react';

/** A line of work that tells of itself: how far it is, what it found, and how it ended. */
interface WorkLine {
  readonly event: string;
}

export type ProgressOf<Line extends WorkLine> = Extract<Line, { readonly event: 'progress' }>;
export type OtherThanProgress<Line extends WorkLine> = Exclude<Line, { readonly event: 'progress' }>;

export interface Work<Line extends WorkLine> {
  readonly state: 'idle' | 'running' | 'stopped' | 'failed' | 'done';
  readonly progress: ProgressOf<Line> | undefined;
  /** What else it said, up to {@link KEPT} lines; the last one in any case. */
  readonly lines: readonly OtherThanProgress<Line>[];
  readonly error: unknown;
}

/** As many as people read on a page. */
const KEPT = 500;

/** Long work that somebody waits for. It is stopped where the page is left. */
export function useWork<Line extends WorkLine>() {
  const [work, setWork] = useState<Work<Line>>({ state: 'idle', progress: undefined, lines: [], error: undefined });
  const running = useRef<AbortController>(undefined);
  const stop = useCallback(() => running.current?.abort(), []);
  useEffect(() => stop, [stop]);
  const run = useCallback(async (begin: (signal: AbortSignal) => AsyncIterable<Line>): Promise<void> => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    const isCurrent = (): boolean => running.current === controller;
    setWork({ state: 'running', progress: undefined, lines: [], error: undefined });
    try {
      for await (const line of begin(controller.signal)) if (isCurrent()) setWork((now) => withLine(now, line));
      if (isCurrent()) setWork((now) => ({ ...now, state: 'done' }));
    } catch (error) {
      const state = controller.signal.aborted ? 'stopped' : 'failed';
      if (isCurrent()) setWork((now) => ({ ...now, state, error: state === 'failed' ? error : undefined }));
    }
  }, []);
  return { work, run, stop };
}

function withLine<Line extends WorkLine>(now: Work<Line>, line: Line): Work<Line> {
  if (line.event === 'progress') return { ...now, progress: line as ProgressOf<Line> };
  return { ...now, lines: [...now.lines.slice(0, KEPT - 1), line as OtherThanProgress<Line>] };
}
