import type { Image } from './image.ts';
import { measure } from './limit.ts';
import { orderingOf, type Ordering } from './order.ts';
import type { Pipeline, PipelinePolicy, Step } from './policy.ts';
import { keep, verdict, type Verdict } from './verdict.ts';

const NOT_SELECTED = keep('it is none of those to look at');

/** One verdict for each candidate, by its position: it goes when it comes out of one of the pipelines. */
export function decideByPipelines(candidates: readonly Image[], policy: PipelinePolicy, now: number): Verdict[] {
  const verdicts = candidates.map(() => NOT_SELECTED);
  const order = orderingOf(candidates);
  for (const pipeline of policy.pipelines) run(pipeline, { images: candidates, order, now, verdicts });
  return verdicts;
}

interface Run {
  readonly images: readonly Image[];
  readonly order: Ordering;
  readonly now: number;
  readonly verdicts: Verdict[];
}

function run(pipeline: Pipeline, state: Run): void {
  const { images, verdicts } = state;
  let positions = images.flatMap((image, position) => (pipeline.selects(image, state.now) ? [position] : []));
  for (const step of pipeline.steps) {
    const { dropped, why } = drop(step, positions, state);
    for (const position of dropped) {
      if (verdicts[position] === NOT_SELECTED) verdicts[position] = keep(`it stays: ${why(position)}`, pipeline);
    }
    positions = positions.filter((position) => !dropped.has(position));
  }
  for (const position of positions) {
    verdicts[position] = verdict(
      'expire',
      `${pipeline.name} removes it: nothing of what it says lets it stay`,
      pipeline,
    );
  }
}

interface Dropped {
  readonly dropped: ReadonlySet<number>;
  readonly why: (position: number) => string;
}

function drop(step: Step, positions: readonly number[], { images, order, now }: Run): Dropped {
  if ('drops' in step) {
    const dropped = positions.filter((position) => {
      const image = images[position];
      return image === undefined || step.drops(image);
    });
    return { dropped: new Set(dropped), why: () => step.because };
  }
  if ('dropsInside' in step) {
    const measured = measure(step.dropsInside, { images, positions, order, now });
    return {
      dropped: new Set(positions.filter((position) => measured.isInside(position))),
      why: (position) => measured.words(position),
    };
  }
  const sorted = order(positions, step.orderBy);
  return {
    dropped: new Set(sorted.slice(0, Math.max(0, sorted.length - step.oldest))),
    why: () => `only the oldest ${step.oldest} go at a time`,
  };
}
