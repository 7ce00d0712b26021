import { counted } from './wording.ts';

/** How far work with a plan is. */
export interface PlanProgressLine {
  readonly phase: 'evaluating' | 'deleting';
  readonly images?: number | undefined;
  readonly planned?: number | undefined;
  readonly manifests?: number | undefined;
}

export function planProgressInWords({ phase, images = 0, planned = 0, manifests = 0 }: PlanProgressLine): string {
  if (phase === 'evaluating') return `Looking at ${counted(images, 'image')} …`;
  return `Deleted ${manifests.toLocaleString('en')} of ${counted(planned, 'manifest')} …`;
}
