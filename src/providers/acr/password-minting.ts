import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import { isJsonObject, type JsonObject } from '../../oci/json-object.ts';
import type { MintedSecret, Minting } from '../account.ts';
import { dateIn, objectsIn, present, textIn } from '../native/json-fields.ts';
import { NativeApi } from '../native/native-api.ts';
import { ProviderError } from '../provider-error.ts';
import type { ConnectedRegistry, ProviderTarget, ProviderTools } from '../provider.ts';
import { placeOf } from './acr-host.ts';
import { entraToken } from './entra.ts';

/** Each token of a registry has two, so that one goes on while the other is replaced. */
export const PASSWORDS: readonly string[] = ['password1', 'password2'];

/** The seed's rule for secrets: none is older. */
const LIFE_DAYS = 90;
const API_VERSION = 'api-version=2023-07-01';
const FIRST_WAIT_MILLISECONDS = 500;
const MOST_WAIT_MILLISECONDS = 8000;
/** Some forty seconds in all. */
const MAX_LOOKS = 8;
/** A new password is known everywhere after a minute. */
const MAX_TRIALS = 12;

export interface PasswordMintingOptions {
  readonly target: ProviderTarget;
  readonly tools: ProviderTools;
  /** Where Entra ID and Azure Resource Manager are. Default: those of the cloud which the registry is in. */
  readonly authority?: string;
  readonly management?: string;
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Whether the registry knows a password. */
  readonly knows: (password: string, signal: AbortSignal) => Promise<boolean>;
}

/** Whether it is said who may make passwords, and of which registry. */
export function canMakePasswords({ form, secret, fields }: ProviderTarget): boolean {
  const { manager = '', subscription = '', resourceGroup = '' } = fields;
  return form === 'scope-map-token' && ![secret, manager, subscription, resourceGroup].includes('');
}

/**
 * The other password of the token, by a service principal that may make it: the one in use goes on meanwhile.
 *
 * @see Azure REST API, Container Registry: Registries - Generate Credentials
 */
export function passwordMinting(options: PasswordMintingOptions): Minting {
  const { target, tools, wait, knows } = options;
  const { id, registryPath } = resourceOf(target);
  return {
    overlaps: true,
    mint: async (signal, current) => {
      const api = await managementOf(options, signal);
      const name = otherThan(current ?? target.fields['password'], await passwordsOf(api, id, signal), target);
      const doing = 'making a password';
      const expiry = new Date(tools.now() + LIFE_DAYS * 86_400_000).toISOString();
      const path = `${registryPath}/generateCredentials?${API_VERSION}`;
      const begun = await api.send({ method: 'POST', path, body: { tokenId: id, name, expiry }, signal });
      const { object } = api.objectIn(await finished(begun, { api, wait }, signal), doing);
      const minted = mintedFrom(object, { name, username: target.username });
      await known({ knows, wait }, minted.secret, signal);
      return minted;
    },
    revoke: async (reference, signal) => {
      const api = await managementOf(options, signal);
      const left = (await passwordsOf(api, id, signal)).filter((name) => name !== reference);
      const passwords = left.map((name) => ({ name }));
      const path = `${id}?${API_VERSION}`;
      const body = { properties: { credentials: { passwords } } };
      const answer = await api.send({ method: 'PATCH', path, body, signal });
      if (answer.status >= 300) throw api.refusalOf(answer, 'ending a password');
    },
  };
}

/** Of the token and its registry, as Azure Resource Manager calls them. */
function resourceOf({ url, username, fields }: ProviderTarget): { readonly id: string; readonly registryPath: string } {
  const part = (text = ''): string => encodeURIComponent(text);
  // A label against look-alikes stands behind the name.
  const registry = url.hostname.replace(/[.-].*$/, '');
  const group = `/subscriptions/${part(fields['subscription'])}/resourceGroups/${part(fields['resourceGroup'])}`;
  const registryPath = `${group}/providers/Microsoft.ContainerRegistry/registries/${registry}`;
  return { id: `${registryPath}/tokens/${part(username)}`, registryPath };
}

/** Azure Resource Manager, as the service principal of another connection. It goes out as that one does. */
async function managementOf(
  { target, tools, authority, management }: PasswordMintingOptions,
  signal: AbortSignal,
): Promise<NativeApi> {
  const name = target.fields['manager'] ?? '';
  const manager = await tools.connected?.(name);
  const place = manager === undefined ? undefined : placeOf(manager.target.url);
  if (manager === undefined || place === undefined || !isServicePrincipal(manager)) {
    throw new ProviderError(
      'unsupported',
      `Passwords are made by a service principal: the project has no connection to an Azure registry that is called “${name}” and has one, with its tenant.`,
    );
  }
  const { username: clientId, secret, fields } = manager.target;
  const origin = management ?? place.management;
  const principal = { tenant: fields['tenant'] ?? '', clientId, secret };
  const at = { authority: authority ?? place.authority, tools: manager.tools, scope: `${place.management}/.default` };
  const bearer = await entraToken(principal, at, signal);
  return new NativeApi({
    name: 'Azure Resource Manager',
    origin,
    tools: manager.tools,
    secret,
    authorization: async () => await Promise.resolve({ Authorization: `Bearer ${bearer}` }),
  });
}

function isServicePrincipal({ kind, target: { form, secret, fields } }: ConnectedRegistry): boolean {
  return kind === 'acr' && form === 'service-principal' && secret !== '' && (fields['tenant'] ?? '') !== '';
}

/** The names of the passwords that the token has. */
async function passwordsOf(api: NativeApi, id: string, signal: AbortSignal): Promise<readonly string[]> {
  const { object } = await api.object({ path: `${id}?${API_VERSION}`, signal }, 'looking at the token');
  const properties = object['properties'];
  const credentials = isJsonObject(properties) ? properties['credentials'] : undefined;
  if (!isJsonObject(credentials)) return [];
  return objectsIn(credentials, 'passwords').flatMap((password) => textIn(password, 'name') ?? []);
}

/** @throws {ProviderError} nobody knows which one is in use. */
function otherThan(current: string | undefined, there: readonly string[], { username }: ProviderTarget): string {
  const used = current ?? (there.length > 1 ? undefined : (there[0] ?? 'password2'));
  const other = PASSWORDS.find((name) => name !== used);
  if (used !== undefined && PASSWORDS.includes(used) && other !== undefined) return other;
  throw new ProviderError(
    'unsupported',
    `The token ${username} has two passwords, and Havre does not know which of them is in use here: say so once in the field “password”, as password1 or password2.`,
  );
}

interface Waiting {
  readonly api: NativeApi;
  readonly wait: PasswordMintingOptions['wait'];
}

/** Azure may take its time: it then says where to look. */
async function finished(begun: UpstreamAnswer, { api, wait }: Waiting, signal: AbortSignal): Promise<UpstreamAnswer> {
  let answer = begun;
  for (let look = 0; look < MAX_LOOKS && answer.status === 202; look += 1) {
    const path = api.pathOf(begun.headers.get('location') ?? '');
    if (path === undefined) {
      throw new ProviderError(
        'malformed',
        'Azure Resource Manager makes a password, and does not say where it will be.',
      );
    }
    await wait(Math.min(MOST_WAIT_MILLISECONDS, FIRST_WAIT_MILLISECONDS * 2 ** look), signal);
    answer = await api.send({ path, signal });
  }
  if (answer.status !== 202) return answer;
  throw new ProviderError(
    'timeout',
    'Azure Resource Manager is not done with the password. It is made once more later.',
  );
}

/** Until the registry knows it, or for a minute: it is kept either way, and tried once more by whoever wanted it. */
async function known(
  { knows, wait }: Pick<PasswordMintingOptions, 'knows' | 'wait'>,
  password: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (let trial = 0; trial < MAX_TRIALS && !(await knows(password, signal)); trial += 1) {
      await wait(Math.min(MOST_WAIT_MILLISECONDS, FIRST_WAIT_MILLISECONDS * 2 ** trial), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function mintedFrom(
  object: JsonObject,
  { name, username }: { readonly name: string; readonly username: string },
): MintedSecret {
  const made = objectsIn(object, 'passwords').find((password) => textIn(password, 'name') === name);
  const secret = made === undefined ? undefined : textIn(made, 'value');
  if (made === undefined || secret === undefined) {
    throw new ProviderError('malformed', 'Azure made a password without showing it.');
  }
  return { username, secret, reference: name, ...present({ expiresAt: dateIn(made, 'expiry') }) };
}
