import type { Account } from '../account.ts';
import { AwsClient } from '../ecr/aws-client.ts';
import { readTemporaryKey } from '../ecr/aws-credentials.ts';
import { awsForms, problemsOfCredentials } from '../ecr/credential-forms.ts';
import { credentialSource } from '../ecr/credential-source.ts';
import { EcrAccount } from '../ecr/ecr-account.ts';
import { type EcrOptions, waited } from '../ecr/provider.ts';
import { Sts } from '../ecr/sts.ts';
import { OciAccount } from '../oci/oci-account.ts';
import type { Provider, ProviderTarget, ProviderTools } from '../provider.ts';
import { ecrPublicAccount, EcrPublicNames } from './ecr-public-account.ts';

const HOST = 'public.ecr.aws';
/** Its API is in one region alone. */
const REGION = 'us-east-1';
const API = `https://api.ecr-public.${REGION}.amazonaws.com`;
const STS = `https://sts.${REGION}.amazonaws.com`;

const LEAST_RIGHTS =
  'ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken on *, and on the repositories ' +
  'ecr-public:DescribeRepositories and ecr-public:DescribeImages; for pushing also ecr-public:InitiateLayerUpload, ' +
  'ecr-public:UploadLayerPart, ecr-public:CompleteLayerUpload, ecr-public:BatchCheckLayerAvailability and ' +
  'ecr-public:PutImage; for cleaning up ecr-public:BatchDeleteImage. Pulling takes no credentials.';

/** Amazon's public registry. */
export function ecrPublicProvider(options: EcrOptions = {}): Provider {
  return {
    kind: 'ecr-public',
    title: 'Amazon ECR Public',
    forms: awsForms({
      leastRights: LEAST_RIGHTS,
      link: 'https://docs.aws.amazon.com/AmazonECR/latest/public/public-repository-policies.html',
    }),
    recognises: ({ host, scheme }) => host === HOST && scheme === 'https',
    problemsOf: (target) => [
      ...(target.url.host === HOST ? [] : [{ field: 'url', message: `The public registry of Amazon is ${HOST}.` }]),
      ...(isAnonymous(target) ? [] : problemsOfCredentials(target)),
    ],
    open: (target, tools) => open(target, tools, options),
  };
}

/** Everybody may pull. */
function isAnonymous({ form, secret }: ProviderTarget): boolean {
  return secret === '' && form !== 'ambient';
}

function open(target: ProviderTarget, tools: ProviderTools, options: EcrOptions): Account {
  const { ambient, api = API, sts: stsEndpoint = STS, registry, wait = waited } = options;
  const others = new OciAccount({
    url: target.url,
    ...(registry !== undefined && { origin: registry }),
    login: async () => undefined,
    tools,
  });
  if (isAnonymous(target)) return others;
  const sts = new Sts({ endpoint: stsEndpoint, region: REGION, tools });
  const credentials = credentialSource({ target, sts, tools, ambient });
  const client = new AwsClient({
    endpoint: api,
    service: 'ecr-public',
    region: REGION,
    target: 'SpencerFrontendService',
    credentials,
    tools,
    wait,
  });
  const names = new EcrPublicNames(client, target.url.path);
  const identity = {
    isPublic: true,
    who: async (signal: AbortSignal) => await sts.callerIdentity(credentials, signal),
    secretExpiresAt: async () => readTemporaryKey(target.secret)?.expiresAt,
  };
  const own = new EcrAccount({ client, names, now: tools.now, identity, wait });
  return ecrPublicAccount({ own, others, names });
}
