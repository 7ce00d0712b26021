/** More than this, and tokens count too early or too late: 60 s is what registries let pass. */
const MAX_SKEW_SECONDS = 60;

/** @param skew the clock of the registry less ours, in seconds. */
export function isFarOff(skew: number): boolean {
  return Math.abs(skew) > MAX_SKEW_SECONDS;
}

export function sentenceOn(skew: number): string {
  return `Its clock is ${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} ours.`;
}
