import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder, temporaryFolder } from '../support/folders.ts';
import { run } from '../support/process.ts';
import { startHavre, type RunningHavre } from '../support/server.ts';
import { allowedSkip } from './allowed-skips.ts';
import { readJunit } from './junit.ts';
import {
  builtSuite,
  DEVELOPMENT,
  DEVELOPMENT_SPARSE,
  RELEASED,
  SuiteUnavailableError,
  type OfficialSuite,
} from './official.ts';
import { ownChecks } from './own-checks.ts';
import { Report } from './report.ts';

/**
 * Runs the real program through our own checks of both generations of the specification, and through the official suites
 * of both where the Go module proxy has them; each on a server of its own. Prints every failure and every skip, and last
 * the totals. `CONFORMANCE_REQUIRED=1` makes an official suite that cannot be had a failure.
 */
async function main(): Promise<void> {
  const reports = [await onServer({}, ownChecks)];
  for (const suite of [RELEASED, DEVELOPMENT, DEVELOPMENT_SPARSE]) reports.push(await official(suite));
  for (const report of reports) print(report);
  const passed = sum(reports, 'passed');
  const failed = sum(reports, 'failed');
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

async function official(suite: OfficialSuite): Promise<Report> {
  try {
    const program = await builtSuite(suite);
    return await onServer(suite.settings, (server) => outcomes(suite, program, server));
  } catch (error) {
    if (!(error instanceof SuiteUnavailableError)) throw error;
    console.log(`not run: ${suite.name} (${suite.commit}): ${error.message}`);
    const report = new Report(suite.name);
    if (process.env['CONFORMANCE_REQUIRED'] === '1') await report.check('the suite', () => Promise.reject(error));
    return report;
  }
}

/** Without what is no test: the released suite reports that it wrote its report. */
async function outcomes(suite: OfficialSuite, program: string, server: RunningHavre): Promise<Report> {
  const report = new Report(suite.name);
  const results = temporaryFolder('conformance');
  try {
    const env = suite.environment(server, results);
    const { status, stdout, stderr } = await run([program], { folder: results, env, seconds: 300 });
    const junit = join(results, 'junit.xml');
    if (!existsSync(junit)) throw new Error(`no report:\n${stdout}${stderr}`);
    const found = readJunit(readFileSync(junit, 'utf8'));
    report.outcomes.push(...found.filter(({ name, result }) => name.startsWith('OCI ') || result !== 'passed'));
    if (report.count('passed') === 0) throw new Error(`nothing passed:\n${stdout}${stderr}`);
    if (status !== 0 && report.count('failed') === 0) throw new Error(`status ${status}:\n${stdout}${stderr}`);
    judgeSkips(report);
    return report;
  } finally {
    removeFolder(results);
  }
}

/** On a new server, which is told these settings. What it printed is printed where the work fails. */
async function onServer(
  settings: Readonly<Record<string, string>>,
  work: (server: RunningHavre) => Promise<Report>,
): Promise<Report> {
  await using server = await startHavre({ env: settings });
  try {
    const report = await work(server);
    await server.stop();
    return report;
  } catch (error) {
    console.log(server.logs());
    throw error;
  }
}

/** A skip that nobody explained counts as a failure. */
function judgeSkips(report: Report): void {
  for (const [place, outcome] of report.outcomes.entries()) {
    if (outcome.result !== 'skipped') continue;
    const reason = allowedSkip(outcome.name);
    report.outcomes[place] =
      reason === undefined
        ? { ...outcome, result: 'failed', reason: `skipped without an explanation: ${outcome.reason ?? ''}` }
        : { ...outcome, reason };
  }
}

function print(report: Report): void {
  for (const { name, result, reason } of report.outcomes) {
    if (result === 'failed') console.log(`FAILED ${report.suite}: ${name}\n    ${reason?.replaceAll('\n', '\n    ')}`);
    if (result === 'skipped') console.log(`skipped: ${report.suite}: ${name}: ${reason}`);
  }
  const { suite } = report;
  console.log(
    `${suite}: ${report.count('passed')} ok, ${report.count('failed')} wrong, ${report.count('skipped')} skipped`,
  );
}

function sum(reports: readonly Report[], result: 'passed' | 'failed'): number {
  return reports.reduce((total, report) => total + report.count(result), 0);
}

await main();
