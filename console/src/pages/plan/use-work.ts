import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiProblem } from '../../api/problem.ts';

/** What long work with a plan says of itself on the way: its lines but the last. */
export type WorkLine =
  | {
      readonly event: 'progress';
      readonly phase: 'evaluating' | 'deleting';
      readonly images?: number | undefined;
      readonly planned?: number | undefined;
      readonly manifests?: number | undefined;
    }
  | { readonly event: 'kept'; readonly repository: string; readonly digest: string; readonly reason: string }
  | { readonly event: 'changed'; readonly change: { readonly text: string } }
  | { readonly event: 'failed' };

type Progress = Extract<WorkLine, { event: 'progress' }>;

interface State<Report> {
  readonly isRunning: boolean;
  readonly progress?: Progress;
  /** What stays although it was to go, and why; and what is not as it was planned. */
  readonly remarks: readonly string[];
  readonly report?: Report;
  readonly error?: unknown;
  readonly isStopped?: boolean;
}

export interface Work<Report> extends State<Report> {
  readonly start: () => void;
  readonly stop: () => void;
}

type DoneLine<Report> = { readonly event: 'done'; readonly report: Report };

/** Of so many remarks the last are shown. */
const MOST_REMARKS = 100;

/** Long work that tells how far it is. It stops when it is told to, or the page is left. */
export function useWork<Report>(
  lines: (signal: AbortSignal) => AsyncIterable<WorkLine | DoneLine<Report>>,
  onEnd: () => void,
): Work<Report> {
  const [state, setState] = useState<State<Report>>({ isRunning: false, remarks: [] });
  const controller = useRef<AbortController>(undefined);
  const stop = useCallback(() => controller.current?.abort(), []);
  useEffect(() => stop, [stop]);
  const run = async (): Promise<void> => {
    const { signal } = (controller.current = new AbortController());
    setState({ isRunning: true, remarks: [] });
    try {
      for await (const line of lines(signal)) setState((now) => after(now, line));
      setState((now) => ({ ...now, isRunning: false }));
    } catch (error) {
      const isStopped = signal.aborted && !(error instanceof ApiProblem);
      setState((now) => ({ ...now, isRunning: false, ...(isStopped ? { isStopped } : { error }) }));
    } finally {
      onEnd();
    }
  };
  return { ...state, start: () => void run(), stop };
}

function after<Report>(now: State<Report>, line: WorkLine | DoneLine<Report>): State<Report> {
  if (line.event === 'done') return { ...now, report: line.report };
  if (line.event === 'progress') return { ...now, progress: line };
  if (line.event === 'failed') return now;
  const remark = line.event === 'kept' ? `${line.repository}@${line.digest}: ${line.reason}` : line.change.text;
  return { ...now, remarks: [...now.remarks, remark].slice(-MOST_REMARKS) };
}
