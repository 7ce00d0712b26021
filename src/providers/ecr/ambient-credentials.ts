import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { UpstreamHttp } from '../../egress/upstream-http.ts';
import { objectIn } from '../oci/answer.ts';
import { sendDiagnosed } from '../oci/send-diagnosed.ts';
import type { ProviderTools } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import type { AwsCredentials } from './aws-credentials.ts';
import type { Sts } from './sts.ts';

/** What the machine that Havre runs on is told about itself. */
export interface AmbientOptions {
  /** The variables of the process, of which those that AWS's own tools read count. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The way to where they are told, and to nowhere else: what a connection calls goes by another. */
  readonly http: UpstreamHttp;
  /** Default: AWS's own addresses. */
  readonly metadataUrl?: string;
  readonly containerUrl?: string;
}

const METADATA_URL = 'http://169.254.169.254';
const CONTAINER_URL = 'http://169.254.170.2';
const METADATA_TOKEN_SECONDS = 300;
const MAX_BYTES = 64 * 1024;

interface Asked {
  readonly ambient: AmbientOptions;
  readonly sts: Sts;
  readonly tools: ProviderTools;
}

/**
 * The credentials of the machine itself, in the order of AWS's own tools: the environment, the identity of a pod, the
 * role of a container, the role of an instance.
 *
 * @throws {ProviderError} there are none.
 */
export async function ambientCredentials(asked: Asked, signal: AbortSignal): Promise<AwsCredentials> {
  const { environment } = asked.ambient;
  const accessKeyId = environment['AWS_ACCESS_KEY_ID'] ?? '';
  const secretAccessKey = environment['AWS_SECRET_ACCESS_KEY'] ?? '';
  const sessionToken = environment['AWS_SESSION_TOKEN'] ?? '';
  if (accessKeyId !== '' && secretAccessKey !== '') {
    return { accessKeyId, secretAccessKey, ...(sessionToken !== '' && { sessionToken }) };
  }
  const tokenFile = environment['AWS_WEB_IDENTITY_TOKEN_FILE'] ?? '';
  const role = environment['AWS_ROLE_ARN'] ?? '';
  if (tokenFile !== '' && role !== '') {
    return await asked.sts.assumeRoleWithWebIdentity(role, await fileText(tokenFile), signal);
  }
  return (await ofContainer(asked, signal)) ?? (await ofInstance(asked, signal));
}

async function ofContainer(asked: Asked, signal: AbortSignal): Promise<AwsCredentials | undefined> {
  const { environment, containerUrl = CONTAINER_URL } = asked.ambient;
  const relative = environment['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'] ?? '';
  const full = environment['AWS_CONTAINER_CREDENTIALS_FULL_URI'] ?? '';
  if (relative === '' && full === '') return undefined;
  const tokenFile = environment['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'] ?? '';
  const token = tokenFile === '' ? (environment['AWS_CONTAINER_AUTHORIZATION_TOKEN'] ?? '') : await fileText(tokenFile);
  const url = relative === '' ? full : `${containerUrl}${relative}`;
  const headers = token === '' ? {} : { Authorization: token };
  return roleIn(await asking(asked, { method: 'GET', url, headers }, signal));
}

/** @see EC2 User Guide: instance metadata, version 2 */
async function ofInstance(asked: Asked, signal: AbortSignal): Promise<AwsCredentials> {
  const { metadataUrl = METADATA_URL } = asked.ambient;
  const ask = async (method: string, path: string, headers: Record<string, string>): Promise<Uint8Array> =>
    await asking(asked, { method, url: `${metadataUrl}/latest/${path}`, headers }, signal);
  const life = { 'X-aws-ec2-metadata-token-ttl-seconds': `${METADATA_TOKEN_SECONDS}` };
  const token = { 'X-aws-ec2-metadata-token': textOf(await ask('PUT', 'api/token', life)) };
  const [role = ''] = textOf(await ask('GET', 'meta-data/iam/security-credentials/', token)).split('\n');
  if (!/^[\w+=,.@-]+$/.test(role)) throw none('this instance has no role');
  return roleIn(await ask('GET', `meta-data/iam/security-credentials/${encodeURIComponent(role)}`, token));
}

const Role = z.object({
  AccessKeyId: z.string(),
  SecretAccessKey: z.string(),
  Token: z.string(),
  Expiration: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
});

function roleIn(body: Uint8Array): AwsCredentials {
  const read = Role.safeParse(objectIn(body));
  if (!read.success) throw none('what answers where they should be says something else');
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = read.data;
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token, expiresAt: Expiration };
}

async function asking(
  { ambient: { http }, tools: { now } }: Asked,
  request: { method: string; url: string; headers: Readonly<Record<string, string>> },
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { host } = new URL(request.url);
  const tried = { host, what: 'asking for the credentials of this machine', now: now() };
  const answer = await sendDiagnosed(http, { ...request, follows: false, maxBytes: MAX_BYTES, signal }, tried);
  if (answer.status !== 200) throw none(`${host} answers ${answer.status}`);
  return answer.body;
}

async function fileText(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw new ProviderError('wrong-credentials', `${path}, which the environment names, cannot be read.`, {
      cause: error,
    });
  }
}

function textOf(body: Uint8Array): string {
  return new TextDecoder().decode(body).trim();
}

function none(why: string): ProviderError {
  return new ProviderError('wrong-credentials', `This machine has no credentials of AWS: ${why}.`);
}
