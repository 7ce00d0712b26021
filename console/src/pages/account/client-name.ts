interface Client {
  /** Of a program that is no browser, how it calls itself. */
  readonly program: string;
  readonly system: string | undefined;
}

/** In this order: each of them also says the names of those after it. */
const PROGRAMS: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\//, 'Firefox'],
  [/\b(?:Headless)?Chrom(?:e|ium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\bAndroid\b/, 'Android'],
  [/\b(?:iPhone|iPad)\b/, 'iOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

/** What `User-Agent` says, as people know it. */
export function clientOf(agent: string): Client {
  const program = PROGRAMS.find(([pattern]) => pattern.test(agent))?.[1] ?? agent.split(/[/ ]/, 1)[0] ?? '';
  return { program, system: SYSTEMS.find(([pattern]) => pattern.test(agent))?.[1] };
}
