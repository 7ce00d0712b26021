import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from '../support/process.ts';
import type { RunningHavre } from '../support/server.ts';

const MODULE = 'github.com/opencontainers/distribution-spec/conformance';
const BUILT = join(homedir(), '.cache/havre-conformance');

/** A suite of the Open Container Initiative, in one of its two generations. */
export interface OfficialSuite {
  readonly name: string;
  /** The commit of its repository. */
  readonly commit: string;
  /** Names a program that is already built. */
  readonly variable: string;
  readonly build: readonly string[];
  readonly program: string;
  /** What the server is told besides, by its environment variables. */
  readonly settings: Readonly<Record<string, string>>;
  environment(server: RunningHavre, results: string): Record<string, string>;
}

/** Tag v1.1.1, all four workflows and both ways of mounting. */
export const RELEASED: OfficialSuite = {
  name: 'official suite v1.1.1',
  commit: 'a139cc423184',
  variable: 'CONFORMANCE_RELEASED',
  build: ['go', 'test', '-c', '-o', 'conformance.test'],
  program: 'conformance.test',
  settings: {},
  environment: (server, results) => ({
    OCI_ROOT_URL: server.url,
    OCI_NAMESPACE: 'official/one',
    OCI_CROSSMOUNT_NAMESPACE: 'official/two',
    OCI_USERNAME: server.username,
    OCI_PASSWORD: server.password,
    OCI_TEST_PULL: '1',
    OCI_TEST_PUSH: '1',
    OCI_TEST_CONTENT_DISCOVERY: '1',
    OCI_TEST_CONTENT_MANAGEMENT: '1',
    OCI_AUTOMATIC_CROSSMOUNT: '1',
    OCI_HIDE_SKIPPED_WORKFLOWS: '0',
    OCI_REPORT_DIR: results,
  }),
};

/** The development suite. `dev` switches its newer interfaces on. */
export const DEVELOPMENT: OfficialSuite = {
  name: 'official suite main',
  commit: '967efdc079b9',
  variable: 'CONFORMANCE_DEVELOPMENT',
  build: ['go', 'build', '-o', 'conformance', '.'],
  program: 'conformance',
  settings: {},
  environment: (server, results) => ({
    OCI_REGISTRY: `127.0.0.1:${server.port}`,
    OCI_TLS: 'disabled',
    OCI_REPO1: 'official/three',
    OCI_REPO2: 'official/four',
    OCI_USERNAME: server.username,
    OCI_PASSWORD: server.password,
    OCI_VERSION: 'dev',
    OCI_RESULTS_DIR: results,
  }),
};

/**
 * The same with the one switch on that it leaves off: images and indexes that name what was never pushed. A registry may
 * refuse them, and ours refuses such images unless it is told not to.
 */
export const DEVELOPMENT_SPARSE: OfficialSuite = {
  ...DEVELOPMENT,
  name: `${DEVELOPMENT.name}, sparse data too`,
  settings: { HAVRE_MANIFESTS_REQUIRE_BLOBS: 'false' },
  environment: (server, results) => ({ ...DEVELOPMENT.environment(server, results), OCI_DATA_SPARSE: 'true' }),
};

/** The Go module proxy does not give the suite: nothing that a change in this repository could mend. */
export class SuiteUnavailableError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SuiteUnavailableError';
  }
}

/**
 * The program of a suite, built once for each commit of it.
 *
 * @throws {SuiteUnavailableError} its source cannot be had from the Go module proxy.
 */
export async function builtSuite(suite: OfficialSuite): Promise<string> {
  const given = process.env[suite.variable];
  if (given !== undefined && given !== '') return given;
  const folder = join(BUILT, suite.commit);
  const program = join(folder, suite.program);
  if (existsSync(program)) return program;
  const source = await sourceOf(suite);
  mkdirSync(folder, { recursive: true });
  // The module cache is read-only, and building writes into the folder.
  await copy(source, folder);
  const { status, stdout, stderr } = await run(suite.build, { folder, seconds: 600, env: { GOFLAGS: '-mod=mod' } });
  if (status !== 0) throw new Error(`${suite.name} cannot be built:\n${stdout}${stderr}`);
  return program;
}

async function sourceOf({ commit, name }: OfficialSuite): Promise<string> {
  if (Bun.which('go') === null) throw new SuiteUnavailableError(`${name} is built with Go, which is not installed`);
  const { stdout } = await run(['go', 'mod', 'download', '-json', `${MODULE}@${commit}`], { seconds: 300 });
  const answer: { Dir?: string; Error?: string } = JSON.parse(stdout);
  if (answer.Dir !== undefined && answer.Error === undefined) return answer.Dir;
  throw new SuiteUnavailableError((answer.Error ?? 'no folder').replaceAll(/\s+/g, ' '));
}

async function copy(source: string, folder: string): Promise<void> {
  cpSync(source, folder, { recursive: true });
  const { status, stderr } = await run(['chmod', '-R', 'u+w', folder]);
  if (status !== 0) throw new Error(stderr);
}
