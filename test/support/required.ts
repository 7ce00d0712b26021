/** What a machine may lack, and a test cannot do without. */
export type Requirement = 'postgres' | 's3' | 'network';

/**
 * Whether tests that need something run here. Where it is missing they say so and are skipped, unless `TEST_REQUIRED`
 * names it (`TEST_REQUIRED=postgres,s3,network`, as continuous integration does): then they run, and fail.
 */
export function runsHere(requirement: Requirement, isThere: boolean, what: string): boolean {
  const isRequired = (process.env['TEST_REQUIRED'] ?? '').split(',').includes(requirement);
  if (!isThere && !isRequired) console.warn(`skipped: ${what}: needs ${NAMES[requirement]} (.ci/tools brings them)`);
  return isThere || isRequired;
}

const NAMES: Readonly<Record<Requirement, string>> = {
  postgres: "PostgreSQL's programs",
  s3: 'a server of S3',
  network: 'root, ip and iptables',
};
