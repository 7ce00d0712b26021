import type { UpstreamAnswer } from '../../egress/upstream-http.ts';
import { sendDiagnosed } from '../oci/send-diagnosed.ts';
import type { ProviderTools } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { secretsOf } from './aws-client.ts';
import type { AwsCredentials, CredentialSource } from './aws-credentials.ts';
import { awsErrorOf } from './aws-error.ts';
import { signedHeaders } from './signed-request.ts';

export interface StsOptions {
  /** `https://sts.eu-west-1.amazonaws.com` */
  readonly endpoint: string;
  readonly region: string;
  readonly tools: ProviderTools;
}

export interface RoleToAssume {
  /** `arn:aws:iam::123456789012:role/name` */
  readonly role: string;
  /** What the owner of the role wants to hear, so that nobody else has us use it. */
  readonly externalId?: string;
}

/** The least that a role's owner may limit sessions to. */
const ROLE_SECONDS = 3600;
const SESSION_NAME = 'havre';
const VERSION = '2011-06-15';
const MAX_BYTES = 256 * 1024;

/** AWS's Security Token Service: who somebody is, and credentials for a while. It speaks forms and XML. */
export class Sts {
  readonly #options: StsOptions;

  constructor(options: StsOptions) {
    this.#options = options;
  }

  /** @throws {ProviderError} */
  async assumeRole(role: RoleToAssume, source: CredentialSource, signal: AbortSignal): Promise<AwsCredentials> {
    const form = {
      RoleArn: role.role,
      RoleSessionName: SESSION_NAME,
      DurationSeconds: `${ROLE_SECONDS}`,
      ...(role.externalId !== undefined && { ExternalId: role.externalId }),
    };
    return credentialsIn(await this.#ask('AssumeRole', form, { signal, credentials: await source(signal) }));
  }

  /** For a pod whose cluster proves who it is. @throws {ProviderError} */
  async assumeRoleWithWebIdentity(role: string, token: string, signal: AbortSignal): Promise<AwsCredentials> {
    const form = { RoleArn: role, RoleSessionName: SESSION_NAME, WebIdentityToken: token };
    return credentialsIn(await this.#ask('AssumeRoleWithWebIdentity', form, { signal, secrets: [token] }));
  }

  /** Needs no right. @throws {ProviderError} */
  async callerIdentity(source: CredentialSource, signal: AbortSignal): Promise<{ account: string; arn: string }> {
    const xml = await this.#ask('GetCallerIdentity', {}, { signal, credentials: await source(signal) });
    return { account: element(xml, 'Account') ?? '', arn: element(xml, 'Arn') ?? '' };
  }

  async #ask(action: string, form: Readonly<Record<string, string>>, by: AskedBy): Promise<string> {
    const { endpoint, tools } = this.#options;
    const { signal, credentials } = by;
    const url = `${endpoint}/`;
    const body = new URLSearchParams({ Action: action, Version: VERSION, ...form }).toString();
    const plain = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', accept: 'application/xml' };
    const headers = credentials === undefined ? plain : await this.#signed(url, plain, { body, credentials });
    const request = { method: 'POST', url, headers, body, follows: false, attempts: 3, maxBytes: MAX_BYTES, signal };
    const tried = { host: new URL(endpoint).host, what: `calling ${action}`, now: tools.now() };
    const answer = await sendDiagnosed(tools.http, request, tried);
    const xml = new TextDecoder().decode(answer.body);
    if (answer.status === 200) return xml;
    const secrets = [...(by.secrets ?? []), ...(credentials === undefined ? [] : secretsOf(credentials))];
    throw this.#refusal(answer, action, secrets);
  }

  async #signed(
    url: string,
    headers: Readonly<Record<string, string>>,
    { body, credentials }: { body: string; credentials: AwsCredentials },
  ): Promise<Readonly<Record<string, string>>> {
    const { region, tools } = this.#options;
    return await signedHeaders({ url, headers, body, service: 'sts', region, credentials, at: new Date(tools.now()) });
  }

  #refusal(answer: UpstreamAnswer, action: string, secrets: readonly string[]): ProviderError {
    const xml = new TextDecoder().decode(answer.body);
    const type = /^\w{1,100}$/.exec(element(xml, 'Code') ?? '')?.[0] ?? '';
    const message = element(xml, 'Message') ?? '';
    return awsErrorOf(answer, { operation: action, type, message, now: this.#options.tools.now(), secrets });
  }
}

interface AskedBy {
  readonly signal: AbortSignal;
  /** Absent: the request itself has what proves who asks. */
  readonly credentials?: AwsCredentials;
  readonly secrets?: readonly string[];
}

function credentialsIn(xml: string): AwsCredentials {
  const accessKeyId = element(xml, 'AccessKeyId');
  const secretAccessKey = element(xml, 'SecretAccessKey');
  const sessionToken = element(xml, 'SessionToken');
  const expiresAt = new Date(element(xml, 'Expiration') ?? '');
  if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined) {
    throw new ProviderError('malformed', 'The answer of AWS to the wish to assume a role is not understood.');
  }
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken,
    ...(!Number.isNaN(expiresAt.getTime()) && { expiresAt }),
  };
}

/** The text of the first element of a name. Nothing that is read here has elements of one name within each other. */
function element(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text?.replace(/&(lt|gt|quot|apos|amp);/g, (_, entity: string) => ENTITIES[entity] ?? '').trim();
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
