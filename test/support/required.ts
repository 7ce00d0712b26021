/** What a machine may lack, and a test cannot do without. */
export type Requirement = 'postgres' | 's3' | 'network';

/**
 * Whether tests that need something run here. Where it is missing they say so and are skipped, unless `TEST_REQUIRED`
 * names it (`TEST_REQUIRED=postgres,s3,network`, as continuous integration does): then they run, and fail. `TEST_WITHOUT`
 * names what is left to another run, as `npm test` leaves servers to `npm run test:engines`.
 */
export function runsHere(requirement: Requirement, isThere: boolean, what: string): boolean {
  const isRequired = isNamed('TEST_REQUIRED', requirement);
  if (!isRequired && isNamed('TEST_WITHOUT', requirement)) {
    console.warn(`skipped: ${what}: npm run test:engines runs it, with ${NAMES[requirement]}`);
    return false;
  }
  if (!isThere && !isRequired) console.warn(`skipped: ${what}: needs ${NAMES[requirement]} (.ci/tools brings them)`);
  return isThere || isRequired;
}

function isNamed(variable: 'TEST_REQUIRED' | 'TEST_WITHOUT', requirement: Requirement): boolean {
  return (process.env[variable] ?? '').split(',').includes(requirement);
}

const NAMES: Readonly<Record<Requirement, string>> = {
  postgres: "PostgreSQL's programs",
  s3: 'a server of S3',
  network: 'root, ip and iptables',
};
