import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { NameInvalidError } from '../oci/errors.ts';
import { parseRepositoryName } from '../oci/repository-name.ts';
import type { CredentialForm, Kind, Provider } from '../providers/provider.ts';
import { parseRegistryUrl, RegistryUrlError, type RegistryUrl } from '../providers/registry-url.ts';
import { ConnectionInvalidError, type FieldProblem } from './connection-errors.ts';
import type { ConnectionInput } from './connection-input.ts';
import { targetOf, type ConnectionSettings } from './stored.ts';

/** What somebody wants a connection to be, checked; with the secrets in the clear. */
export interface WantedConnection {
  readonly project: string;
  readonly name: string;
  readonly kind: Kind;
  readonly url: RegistryUrl;
  readonly username: string;
  /** Empty: nobody logs in. */
  readonly secret: string;
  readonly clientKey: string;
  readonly settings: ConnectionSettings;
}

const NAME = /^[^\p{C}]{1,100}$/u;
const REGION = /^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/i;
const MOST_SECRET = 16_384;
const MOST_TEXT = 1000;
const MOST_PEM = 65_536;
const MOST_DAYS = 3650;

/** A project is what grants name: one part of a repository's name, `pn-123456` or the id of a cloud's project. */
export function checkProject(project: string): void {
  try {
    if (project.length <= 100 && !parseRepositoryName(project).includes('/')) return;
  } catch (error) {
    if (!(error instanceof NameInvalidError)) throw error;
  }
  throw new ConnectionInvalidError([
    {
      field: 'project',
      message:
        'A project is written in lower-case letters, digits and . _ - between them, 100 at most, without slashes.',
    },
  ]);
}

export interface CheckedFor {
  readonly project: string;
  /** All kinds; the generic one takes what no other recognises. */
  readonly providers: readonly Provider[];
  /** Whether the operator lets the project use the identity of the machine. */
  readonly isAmbientAllowed: boolean;
}

/** @throws {ConnectionInvalidError} with a problem for each field. */
export function checkInput(
  input: ConnectionInput,
  { project, providers, isAmbientAllowed }: CheckedFor,
): WantedConnection {
  const problems: FieldProblem[] = [];
  const wrong = (field: string, message: string): void => void problems.push({ field, message });
  const name = input.name.trim();
  if (!NAME.test(name)) wrong('name', 'A registry has a name of 1 to 100 characters, without line breaks.');
  const url = readUrl(input.url, wrong);
  checkTexts(input, wrong);
  checkCertificates(input, wrong);
  const provider = url === undefined ? undefined : providerFor(input.kind, url, providers);
  if (url !== undefined && provider === undefined) wrong('kind', `No registry is of the kind ${input.kind ?? ''}.`);
  const form = provider === undefined ? undefined : formOf(provider, input.form);
  if (provider !== undefined && form === undefined) {
    const names = provider.forms.map((known) => known.name).join(', ');
    wrong('form', `${provider.title} knows no such way to log in: it is one of ${names}.`);
  }
  if (url === undefined || provider === undefined || form === undefined) throw new ConnectionInvalidError(problems);
  const { secret = '', clientKey = '' } = input;
  const asked = input.username?.trim() ?? '';
  const isAnonymous = secret === '' && form.hasSecret !== false;
  const username = form.username === 'asked' || isAnonymous ? asked : form.username.always;
  const wanted = { project, name, kind: provider.kind, url, username, secret, clientKey };
  const settings = settingsOf(input, url, form);
  const target = { ...targetOf({ url, settings, row: { username } }, secret), isAmbientAllowed };
  problems.push(...provider.problemsOf(target));
  if (problems.length > 0) throw new ConnectionInvalidError(problems);
  return { ...wanted, settings };
}

/** `undefined`: there is no such kind. */
export function kindOf(kind: Kind | undefined, url: RegistryUrl, providers: readonly Provider[]): Kind | undefined {
  return providerFor(kind, url, providers)?.kind;
}

/** The kind that was chosen, else the one that recognises the URL, else any registry. */
function providerFor(kind: Kind | undefined, url: RegistryUrl, providers: readonly Provider[]): Provider | undefined {
  if (kind !== undefined) return providers.find((provider) => provider.kind === kind);
  return providers.find((provider) => provider.recognises(url)) ?? providers.find(isGeneric);
}

function isGeneric({ kind }: Provider): boolean {
  return kind === 'generic';
}

function formOf({ forms }: Provider, name: string | undefined): CredentialForm | undefined {
  return name === undefined || name === '' ? forms[0] : forms.find((form) => form.name === name);
}

function settingsOf(input: ConnectionInput, url: RegistryUrl, form: CredentialForm): ConnectionSettings {
  const { region, authorities, clientCertificate, testRepository, rotateAfterDays, fields = {} } = input;
  const given = Object.entries(fields).filter(([, value]) => value !== '');
  return {
    isPlainHttp: url.scheme === 'http',
    form: form.name,
    fields: Object.fromEntries(given),
    isAutomatic: input.isAutomatic ?? false,
    ...(form.hasSecret === false && { isAmbient: true }),
    ...(isGiven(region) && { region }),
    ...(isGiven(authorities) && { authorities }),
    ...(isGiven(clientCertificate) && { clientCertificate }),
    ...(isGiven(testRepository) && { testRepository }),
    ...(rotateAfterDays !== undefined && { rotateAfterDays }),
  };
}

type Wrong = (field: string, message: string) => void;

function readUrl(text: string, wrong: Wrong): RegistryUrl | undefined {
  try {
    return parseRegistryUrl(text);
  } catch (error) {
    if (!(error instanceof RegistryUrlError)) throw error;
    wrong('url', error.message);
    return undefined;
  }
}

function checkTexts(input: ConnectionInput, wrong: Wrong): void {
  const { region, username = '', secret = '', testRepository, rotateAfterDays, expiresAt } = input;
  if (isGiven(region) && !REGION.test(region)) {
    wrong('region', 'A region is written in letters, digits and - between them, such as eu-west-1 or GRA.');
  }
  if (username.length > MOST_TEXT || /\p{Cc}/u.test(username)) {
    wrong('username', 'A username has no line breaks, and 1,000 characters at most.');
  }
  if (secret.length > MOST_SECRET) wrong('secret', 'A secret has 16,384 characters at most.');
  for (const [name, value] of Object.entries(input.fields ?? {})) {
    if (value.length <= MOST_TEXT && !/\p{Cc}/u.test(value)) continue;
    wrong(`fields.${name}`, 'It has no line breaks, and 1,000 characters at most.');
  }
  if (isGiven(testRepository) && !isRepositoryName(testRepository)) {
    wrong('testRepository', 'It is no name of a repository: write it without the host, such as library/nginx.');
  }
  if (rotateAfterDays !== undefined && !(Number.isInteger(rotateAfterDays) && inDays(rotateAfterDays))) {
    wrong('rotateAfterDays', 'It is a whole number of days up to 3,650; 0 is never.');
  }
  if (expiresAt instanceof Date && Number.isNaN(expiresAt.getTime())) wrong('expiresAt', 'It is no date.');
}

function inDays(days: number): boolean {
  return days >= 0 && days <= MOST_DAYS;
}

function checkCertificates({ authorities, clientCertificate, clientKey }: ConnectionInput, wrong: Wrong): void {
  if (isGiven(authorities) && readCertificates(authorities) === undefined) {
    wrong('authorities', 'They are no certificates in PEM: it begins with -----BEGIN CERTIFICATE-----.');
  }
  if (isGiven(clientKey) && !isGiven(clientCertificate)) {
    wrong('clientCertificate', 'A key comes with its certificate.');
  }
  if (!isGiven(clientCertificate)) return;
  const [certificate] = readCertificates(clientCertificate) ?? [];
  if (certificate === undefined) wrong('clientCertificate', 'It is no certificate in PEM.');
  if (!isGiven(clientKey)) {
    wrong('clientKey', 'A certificate comes with its key.');
    return;
  }
  const key = readKey(clientKey);
  if (key === undefined) wrong('clientKey', 'It is no private key in PEM, or one that wants a password.');
  else if (certificate?.checkPrivateKey(key) === false) wrong('clientKey', 'It is not the key of this certificate.');
}

function readCertificates(pem: string): readonly X509Certificate[] | undefined {
  const blocks = pem.length > MOST_PEM ? null : pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  try {
    return blocks?.map((block) => new X509Certificate(block));
  } catch {
    return undefined; // what is wrong with it is the caller's to say
  }
}

function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined; // likewise
  }
}

function isRepositoryName(text: string): boolean {
  try {
    parseRepositoryName(text);
    return true;
  } catch (error) {
    if (error instanceof NameInvalidError) return false;
    throw error;
  }
}

function isGiven(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}
