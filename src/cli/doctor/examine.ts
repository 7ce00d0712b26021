import { join } from 'node:path';
import type { DiagnosedSettings, Diagnosis, Overrides } from '../cli-host.ts';
import { checkCertificate, readTextFile } from './certificate-check.ts';
import type { Finding } from './check.ts';
import { checkClock, lastWritten } from './clock-check.ts';
import { checkConfiguration } from './configuration-check.ts';
import { checkDatabase } from './database-check.ts';
import { checkDataFolder, dataFolderFacts } from './data-folder-check.ts';
import { checkHtpasswd } from './htpasswd-check.ts';
import { checkPort, parseAddress, portState, reachable } from './port-check.ts';
import { askRegistry, checkPublicUrl, type Answer } from './public-url-check.ts';

/** Looks at everything that a server needs, and changes nothing. */
export async function examine(
  diagnosis: Diagnosis,
  overrides: Overrides,
  now: () => Date,
): Promise<readonly Finding[]> {
  const configuration = await diagnosis.configuration(overrides);
  const { settings } = configuration;
  const written = checkConfiguration(configuration);
  if (settings === undefined) return [...written, checkClock({ now: now() })];
  const holder = await diagnosis.holderOf(settings.data);
  const isServing = holder !== undefined;
  const publicAnswer = settings.publicUrl === undefined ? undefined : await askRegistry(settings.publicUrl);
  return [
    ...written,
    ...checkDataFolder(await dataFolderFacts(settings.data), holder),
    ...(await examinePorts(settings, isServing)),
    ...(await examineCertificate(settings, now())),
    ...(await examineHtpasswd(settings, diagnosis)),
    ...checkDatabase(await diagnosis.database(overrides)),
    ...(settings.publicUrl === undefined || publicAnswer === undefined
      ? []
      : [checkPublicUrl(settings.publicUrl, publicAnswer, isServing)]),
    await examineClock(settings, publicAnswer, now),
  ];
}

async function examinePorts(settings: DiagnosedSettings, isServing: boolean): Promise<readonly Finding[]> {
  const { address, redirectAddress, certificate } = settings;
  const findings: Finding[] = [];
  for (const [text, scheme] of [
    [address, certificate === undefined ? 'http' : 'https'],
    [redirectAddress, 'http'],
  ] as const) {
    const place = text === undefined ? undefined : parseAddress(text);
    if (text === undefined || place === undefined) continue;
    const state = await portState(place);
    const host = reachable(place.host);
    const origin = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${place.port}`;
    // The certificate is for the names that clients use, not for this address.
    const answer = state === 'taken' ? await askRegistry(origin, false) : undefined;
    const isRedirect = text === redirectAddress && answer !== undefined && 'status' in answer && answer.status === 308;
    findings.push(checkPort({ address: text, state, isServing, isRegistry: isRedirect || isRegistry(answer) }));
  }
  return findings;
}

function isRegistry(answer: Answer | undefined): boolean {
  return answer !== undefined && 'isRegistry' in answer && answer.isRegistry;
}

async function examineCertificate(settings: DiagnosedSettings, now: Date): Promise<readonly Finding[]> {
  const { certificate: certificatePath, key: keyPath, publicUrl } = settings;
  if (certificatePath === undefined || keyPath === undefined) return [];
  const [certificate, key] = await Promise.all([readTextFile(certificatePath), readTextFile(keyPath)]);
  const publicHost = publicUrl === undefined ? undefined : new URL(publicUrl).hostname.replace(/^\[|\]$/g, '');
  const facts = { certificatePath, keyPath, certificate, key };
  return checkCertificate(publicHost === undefined ? facts : { ...facts, publicHost }, now);
}

async function examineHtpasswd(settings: DiagnosedSettings, diagnosis: Diagnosis): Promise<readonly Finding[]> {
  const { htpasswdPath } = settings;
  if (htpasswdPath === undefined) return [];
  return checkHtpasswd(htpasswdPath, await readTextFile(htpasswdPath), (text) => diagnosis.htpasswd(text));
}

async function examineClock(
  { data, publicUrl }: DiagnosedSettings,
  answer: Answer | undefined,
  now: () => Date,
): Promise<Finding> {
  const written = await lastWritten(join(data, 'havre.db'));
  const elsewhere = answer !== undefined && 'date' in answer && answer.date !== undefined ? answer.date : undefined;
  return checkClock({
    now: now(),
    ...(written === undefined ? {} : { lastWritten: written }),
    ...(elsewhere === undefined || publicUrl === undefined
      ? {}
      : { elsewhere: { time: elsewhere, name: new URL(publicUrl).host } }),
  });
}
