import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from '../account.ts';
import type { Provider, ProviderTarget, ProviderTools } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import type { AmbientOptions } from './ambient-credentials.ts';
import { AwsClient } from './aws-client.ts';
import { readTemporaryKey } from './aws-credentials.ts';
import { awsForms, problemsOfCredentials } from './credential-forms.ts';
import { credentialSource } from './credential-source.ts';
import { EcrAccount, type EcrNames } from './ecr-account.ts';
import { ecrPlaceOf } from './ecr-host.ts';
import { Sts } from './sts.ts';

export interface EcrOptions {
  /** The identity of the machine, for connections of projects that may use it. Default: there is none. */
  readonly ambient?: AmbientOptions;
  /** Where AWS's API is. Default: as the name of the registry says. */
  readonly api?: string;
  readonly sts?: string;
  /** Where its `/v2/` is. Default: as its URL says. */
  readonly registry?: string;
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

const LEAST_RIGHTS =
  'ecr:GetAuthorizationToken on *, and on the repositories ecr:DescribeRepositories, ecr:DescribeImages, ecr:ListImages, ' +
  'ecr:BatchGetImage, ecr:GetDownloadUrlForLayer and ecr:BatchCheckLayerAvailability; for pushing also ' +
  'ecr:InitiateLayerUpload, ecr:UploadLayerPart, ecr:CompleteLayerUpload and ecr:PutImage; for cleaning up ' +
  "ecr:BatchDeleteImage; for AWS's own policies ecr:GetLifecyclePolicy, ecr:PutLifecyclePolicy, " +
  'ecr:StartLifecyclePolicyPreview and ecr:GetLifecyclePolicyPreview.';

/** Amazon's private registries. */
export function ecrProvider(options: EcrOptions = {}): Provider {
  return {
    kind: 'ecr',
    title: 'Amazon ECR',
    forms: awsForms({
      leastRights: LEAST_RIGHTS,
      link: 'https://docs.aws.amazon.com/AmazonECR/latest/userguide/security-iam.html',
    }),
    recognises: (url) => ecrPlaceOf(url) !== undefined,
    problemsOf: (target) => [...problemsOfPlace(target), ...problemsOfCredentials(target)],
    open: (target, tools) => open(target, tools, options),
  };
}

/** Between two tries, and two looks at something that takes its time. */
export async function waited(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal });
}

function problemsOfPlace({ url, region = '' }: ProviderTarget): readonly { field: string; message: string }[] {
  const place = ecrPlaceOf(url);
  if (place === undefined) {
    const message = 'A private registry of Amazon is called like 123456789012.dkr.ecr.eu-west-1.amazonaws.com.';
    return [{ field: 'url', message }];
  }
  if (region === '' || region === place.region) return [];
  return [{ field: 'region', message: `The URL says ${place.region}.` }];
}

function open(target: ProviderTarget, tools: ProviderTools, options: EcrOptions): Account {
  const place = ecrPlaceOf(target.url);
  if (place === undefined) throw new ProviderError('unsupported', `${target.url.host} is no registry of Amazon's.`);
  const { account, region } = place;
  const { ambient, api = place.api, sts: stsEndpoint = place.sts, wait = waited } = options;
  const sts = new Sts({ endpoint: stsEndpoint, region, tools });
  const credentials = credentialSource({ target, sts, tools, ambient });
  const client = new AwsClient({
    endpoint: api,
    service: 'ecr',
    region,
    target: 'AmazonEC2ContainerRegistry_V20150921',
    credentials,
    tools,
    wait,
  });
  const identity = {
    owner: account,
    who: async (signal: AbortSignal) => await sts.callerIdentity(credentials, signal),
    secretExpiresAt: async () => readTemporaryKey(target.secret)?.expiresAt,
  };
  const registry = { url: target.url, tools, origin: options.registry };
  return new EcrAccount({ registry, client, names: namesIn(account, target.url.path), now: tools.now, identity, wait });
}

/** @param path a name, or what names begin with: others are not shown. */
function namesIn(account: string, path: string): EcrNames {
  return {
    registry: { registryId: account },
    inputOf: async (repositoryName) => ({ registryId: account, repositoryName }),
    nameOf: ({ repositoryName }) =>
      path === '' || repositoryName === path || repositoryName.startsWith(`${path}/`) ? repositoryName : undefined,
  };
}
