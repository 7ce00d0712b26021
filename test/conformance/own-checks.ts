import { RegistryClient } from '../support/registry-client.ts';
import { checkBlobs } from './blob-checks.ts';
import { dataSets } from './data-sets.ts';
import { checkDataSet } from './manifest-checks.ts';
import { checkEmpty, checkPages, checkRefusals } from './other-checks.ts';
import { Report } from './report.ts';

/**
 * Both generations of the specification, looked at the way their official suites do: each way to push a blob, each kind
 * of image, and for each what can be asked afterwards. They are here so that a machine without the official suites
 * notices all the same, and because they say exactly which answer was wrong.
 */
export async function ownChecks(server: { readonly url: string; readonly authorization: string }): Promise<Report> {
  const report = new Report('our own checks');
  const client = new RegistryClient(server);
  await checkEmpty(report, { known: client, unknown: new RegistryClient({ url: server.url }) });
  await checkBlobs(report, client, 'sha256');
  await checkBlobs(report, client, 'sha512');
  for (const set of dataSets()) await checkDataSet(report, client, set);
  await checkRefusals(report, client);
  await checkPages(report, client);
  return report;
}
