import { median } from '../median.ts';
import { send, type Target } from '../push.ts';
import { ownTask } from './generator.ts';

/** A process that asks for one page again and again, one request after another, and prints the median time of one. */
export interface ListPages {
  readonly target: Target;
  readonly path: string;
  readonly requests: number;
  /** Stop after so many seconds, however few the requests were. */
  readonly seconds: number;
}

if (import.meta.main) {
  const { target, path, requests, seconds } = ownTask<ListPages>();
  const times: number[] = [];
  const deadline = performance.now() + seconds * 1000;
  while (times.length < requests && (times.length === 0 || performance.now() < deadline)) {
    const began = performance.now();
    await send(target, `${target.url}${path}`, { method: 'GET' }, 200);
    times.push((performance.now() - began) / 1000);
  }
  console.log(JSON.stringify({ seconds: median(times) }));
}
