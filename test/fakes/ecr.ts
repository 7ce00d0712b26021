import { type Signed, verifySignature } from './aws-signature.ts';
import {
  ALL_RIGHTS,
  basicOf,
  type Fake,
  type FakeReply,
  type FakeRequest,
  type FakeRight,
  type FakeUser,
  FakeTokens,
  startFake,
} from './fake.ts';
import type { FakeManifest, FakeRepository } from './fake-repository.ts';
import { ociError, ociReply } from './fake-oci.ts';

export interface FakeEcr extends Fake {
  /** Users that assume a role become these, by its ARN. */
  readonly roles: Map<string, FakeRole>;
  /** Lifecycle policies, by repository. */
  readonly policies: Map<string, string>;
  /** Looks at a preview before it is complete. Default 1. */
  previewLooks: number;
  /** What a preview says of an image. Default: rule 1 expires all of them. */
  verdictOf: (manifest: FakeManifest) => FakeVerdict | undefined;
  /** The account that everything is of. */
  readonly account: string;
}

export interface FakeVerdict {
  readonly action: 'EXPIRE' | 'TRANSITION';
  readonly rule: number;
}

export interface FakeRole {
  readonly rights: ReadonlySet<FakeRight>;
  readonly externalId?: string;
}

export const ECR_ACCOUNT = '123456789012';
export const ECR_TOKEN_SECONDS = 12 * 3600;
const ROLE_SECONDS = 3600;
const PRIVATE = 'AmazonEC2ContainerRegistry_V20150921.';
const PUBLIC = 'SpencerFrontendService.';

/** AWS as far as its registries go: the API of the private and of the public one, STS, and `/v2/` of one of them. */
export function startFakeEcr({ isPublic: isOfEverybody = false } = {}): FakeEcr {
  const sessions = new Map<string, FakeUser & { readonly sessionToken: string; readonly arn: string }>();
  const looks = new Map<string, number>();
  let previewed = '';

  function userOfKey(accessKeyId: string): FakeUser | undefined {
    return sessions.get(accessKeyId) ?? [...fake.users.values()].find(({ username }) => username === accessKeyId);
  }

  function signer(request: FakeRequest): { user: FakeUser; signed: Signed } | Response {
    const signed = verifySignature(request, (id) => userOfKey(id)?.secret, fake.clock.now());
    if (signed === 'missing') return awsError('MissingAuthenticationTokenException', 'Missing Authentication Token');
    if (signed === 'unknown-key') {
      return awsError('UnrecognizedClientException', 'The security token included in the request is invalid.');
    }
    if (signed === 'wrong') {
      const text = 'The request signature we calculated does not match the signature you provided.';
      return awsError('InvalidSignatureException', text);
    }
    if (signed === 'skewed') {
      const now = new Date(fake.clock.now()).toISOString();
      return awsError('InvalidSignatureException', `Signature expired: it is now earlier than (${now} - 5 min.)`);
    }
    const user = userOfKey(signed.accessKeyId);
    const session = sessions.get(signed.accessKeyId);
    if (user === undefined || (session !== undefined && session.sessionToken !== signed.sessionToken)) {
      return awsError('UnrecognizedClientException', 'The security token included in the request is invalid.');
    }
    if (user.secretExpiresAt !== undefined && user.secretExpiresAt.getTime() <= fake.clock.now()) {
      return awsError('ExpiredTokenException', 'The security token included in the request is expired');
    }
    return { user, signed };
  }

  function answer(request: FakeRequest): FakeReply {
    if (request.path.startsWith('/v2/')) {
      return ociReply(request, fake, {
        refuse: (_, right) => refusal(request, right),
      });
    }
    const target = request.headers.get('X-Amz-Target') ?? '';
    if (target === '' && request.body.includes('Action=')) return stsReply(request);
    const isPublic = target.startsWith(PUBLIC);
    if (!isPublic && !target.startsWith(PRIVATE)) return awsError('UnknownOperationException', '');
    const found = signer(request);
    if (found instanceof Response) return found;
    if (found.signed.service !== (isPublic ? 'ecr-public' : 'ecr'))
      return awsError('InvalidSignatureException', 'Scope');
    return operationReply({ operation: target.slice(target.indexOf('.') + 1), isPublic, user: found.user, request });
  }

  /** Of the registry API: of the private registry only for those who asked the other API for a password. */
  function refusal(request: FakeRequest, right: FakeRight): Response | undefined {
    if (isOfEverybody) return right === 'pull' ? undefined : ociError(403, 'DENIED', 'no');
    const user = passwords.find(basicOf(request)?.secret);
    const challenge = { 'WWW-Authenticate': 'Basic realm="https://ecr.example.net/",service="ecr.amazonaws.com"' };
    if (user === undefined) return ociError(401, 'UNAUTHORIZED', 'Not Authorized', challenge);
    return user.rights.has(right) ? undefined : ociError(403, 'DENIED', 'User is not authorized to perform that');
  }

  interface Called {
    readonly operation: string;
    readonly isPublic: boolean;
    readonly user: FakeUser;
    readonly request: FakeRequest;
  }

  function operationReply({ operation, isPublic, user, request }: Called): Response {
    const input = JSON.parse(request.body) as Input;
    const right = RIGHTS[operation];
    if (right === undefined || (isPublic && operation === 'BatchGetImage')) {
      return awsError('UnknownOperationException', '');
    }
    if (operation !== 'GetAuthorizationToken' && !user.rights.has(right)) {
      const who = `arn:aws:iam::${ECR_ACCOUNT}:user/${user.username.toLowerCase()}`;
      const what = `${isPublic ? 'ecr-public' : 'ecr'}:${operation}`;
      return awsError(
        'AccessDeniedException',
        `User: ${who} is not authorized to perform: ${what} because no identity-based policy allows it`,
      );
    }
    if (operation === 'GetAuthorizationToken') return authorization(isPublic, user);
    if (operation === 'DescribeRepositories') return repositories(input, isPublic);
    const alias = isPublic ? 'harbour/' : '';
    const repository = fake.repositories.get(`${alias}${input.repositoryName ?? ''}`);
    if (repository === undefined) return missing(input);
    return operationOn(repository, operation, input);
  }

  function operationOn(repository: FakeRepository, operation: string, input: Input): Response {
    switch (operation) {
      case 'DescribeImages':
        return images(repository, input);
      case 'BatchDeleteImage':
        return deleted(repository, input);
      case 'BatchGetImage':
        return manifests(repository, input);
      case 'BatchCheckLayerAvailability':
        return reply({ layers: [], failures: [] });
      default:
        return policyReply(repository, operation, input);
    }
  }

  function policyReply({ name }: FakeRepository, operation: string, input: Input): Response {
    const policy = fake.policies.get(name);
    if (operation === 'PutLifecyclePolicy') {
      fake.policies.set(name, input.lifecyclePolicyText ?? '');
      return reply({ repositoryName: name, lifecyclePolicyText: input.lifecyclePolicyText });
    }
    if (operation === 'StartLifecyclePolicyPreview') {
      previewed = input.lifecyclePolicyText ?? policy ?? '';
      if (previewed === '') return awsError('LifecyclePolicyNotFoundException', 'There is none.');
      looks.set(name, 0);
      return reply({ repositoryName: name, status: 'IN_PROGRESS' });
    }
    if (operation === 'GetLifecyclePolicyPreview') return preview(name, input);
    if (policy === undefined) return awsError('LifecyclePolicyNotFoundException', 'There is none.');
    if (operation === 'DeleteLifecyclePolicy') fake.policies.delete(name);
    return reply({ repositoryName: name, lifecyclePolicyText: policy, lastEvaluatedAt: fake.clock.now() / 1000 });
  }

  function preview(name: string, input: Input): Response {
    const seen = looks.get(name);
    if (seen === undefined) return awsError('LifecyclePolicyPreviewNotFoundException', 'There is none.');
    looks.set(name, seen + 1);
    if (seen < fake.previewLooks) return reply({ status: 'IN_PROGRESS' });
    const all = [...(fake.repositories.get(name)?.manifests.values() ?? [])].flatMap((manifest) => {
      const verdict = fake.verdictOf(manifest);
      return verdict === undefined ? [] : [{ ...manifest, verdict }];
    });
    const { page, nextToken } = cut(all, input);
    const previewResults = page.map(({ digest, pushedAt, verdict }) => ({
      imageDigest: digest,
      imageTags: fake.repositories.get(name)?.tagsOf(digest),
      imagePushedAt: pushedAt.getTime() / 1000,
      action: { type: verdict.action },
      appliedRulePriority: verdict.rule,
    }));
    return reply({ status: 'COMPLETE', lifecyclePolicyText: previewed, previewResults, ...nextToken });
  }

  function authorization(isPublic: boolean, user: FakeUser): Response {
    const expiresAt = fake.clock.now() / 1000 + ECR_TOKEN_SECONDS;
    const authorizationToken = Buffer.from(`AWS:${passwords.issue(user, ECR_TOKEN_SECONDS)}`).toString('base64');
    const data = { authorizationToken, expiresAt };
    return reply({ authorizationData: isPublic ? data : [{ ...data, proxyEndpoint: fake.url }] });
  }

  function repositories(input: Input, isPublic: boolean): Response {
    const named = (name: string): string => (isPublic ? name.slice(name.indexOf('/') + 1) : name);
    const own = [...fake.repositories.keys()].filter((name) => !isPublic || name.startsWith('harbour/')).toSorted();
    const wanted = input.repositoryNames;
    const found = wanted === undefined ? own : own.filter((name) => wanted.includes(named(name)));
    if (wanted !== undefined && found.length < wanted.length) return missing({ repositoryName: wanted[0] ?? '' });
    const { page, nextToken } = cut(found, input);
    const host = isPublic ? 'public.ecr.aws' : `${ECR_ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`;
    return reply({
      repositories: page.map((name) => ({
        registryId: ECR_ACCOUNT,
        repositoryName: named(name),
        repositoryUri: `${host}/${name}`,
      })),
      ...nextToken,
    });
  }

  function images(repository: FakeRepository, input: Input): Response {
    const isTagged = input.filter?.tagStatus === 'TAGGED';
    const all = [...repository.manifests.values()].filter(
      ({ digest }) => !isTagged || repository.tagsOf(digest).length > 0,
    );
    const { page, nextToken } = cut(all, input);
    return reply({ imageDetails: page.map((manifest) => detailOf(repository, manifest)), ...nextToken });
  }

  function stsReply(request: FakeRequest): Response {
    const form = new URLSearchParams(request.body);
    const action = form.get('Action');
    if (action === 'AssumeRoleWithWebIdentity') {
      return form.get('WebIdentityToken') === 'a-pod' ? assumed(form) : stsError('InvalidIdentityToken', 'no');
    }
    const found = signer(request);
    if (found instanceof Response) return stsError('InvalidClientTokenId', 'The security token is invalid.');
    const { user } = found;
    if (action === 'AssumeRole') {
      const role = fake.roles.get(form.get('RoleArn') ?? '');
      const isLetIn = role !== undefined && (role.externalId ?? '') === (form.get('ExternalId') ?? '');
      return isLetIn ? assumed(form) : stsError('AccessDenied', `User: ${user.username} may not: sts:AssumeRole`);
    }
    const arn = sessions.get(user.username)?.arn ?? `arn:aws:iam::${ECR_ACCOUNT}:user/${user.username.toLowerCase()}`;
    return xml('GetCallerIdentity', `<Arn>${arn}</Arn><UserId>AIDA</UserId><Account>${ECR_ACCOUNT}</Account>`);
  }

  function assumed(form: URLSearchParams): Response {
    const arn = form.get('RoleArn') ?? '';
    const session = {
      username: `ASIA${crypto.randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase()}`,
      secret: crypto.randomUUID(),
      sessionToken: crypto.randomUUID(),
      rights: fake.roles.get(arn)?.rights ?? ALL_RIGHTS,
      secretExpiresAt: new Date(fake.clock.now() + ROLE_SECONDS * 1000),
      arn: `${arn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${form.get('RoleSessionName')}`,
    };
    sessions.set(session.username, session);
    return xml(
      form.get('Action') ?? '',
      `<Credentials><AccessKeyId>${session.username}</AccessKeyId><SecretAccessKey>${session.secret}</SecretAccessKey>` +
        `<SessionToken>${session.sessionToken}</SessionToken>` +
        `<Expiration>${session.secretExpiresAt.toISOString()}</Expiration></Credentials>`,
    );
  }

  const fake: FakeEcr = Object.assign(
    startFake((request) => answer(request)),
    {
      roles: new Map(),
      policies: new Map(),
      previewLooks: 1,
      verdictOf: () => ({ action: 'EXPIRE' as const, rule: 1 }),
      account: ECR_ACCOUNT,
    },
  );
  const passwords = new FakeTokens<FakeUser>(fake.clock);
  return fake;
}

interface ImageId {
  readonly imageDigest?: string;
  readonly imageTag?: string;
}

interface Input {
  readonly repositoryName?: string;
  readonly repositoryNames?: readonly string[];
  readonly maxResults?: number;
  readonly nextToken?: string;
  readonly filter?: { readonly tagStatus?: string };
  readonly imageIds?: readonly ImageId[];
  readonly lifecyclePolicyText?: string;
}

const RIGHTS: Readonly<Record<string, FakeRight>> = {
  GetAuthorizationToken: 'pull',
  DescribeRepositories: 'list',
  DescribeImages: 'list',
  BatchGetImage: 'pull',
  BatchCheckLayerAvailability: 'push',
  BatchDeleteImage: 'delete',
  GetLifecyclePolicy: 'list',
  PutLifecyclePolicy: 'manage',
  DeleteLifecyclePolicy: 'manage',
  StartLifecyclePolicyPreview: 'list',
  GetLifecyclePolicyPreview: 'list',
};

function manifests(repository: FakeRepository, { imageIds = [] }: Input): Response {
  if (imageIds.length > 100) return awsError('InvalidParameterException', 'at most 100');
  const found = imageIds.map((id) => ({ id, manifest: repository.find(id.imageTag ?? id.imageDigest ?? '') }));
  return reply({
    images: found.flatMap(({ manifest }) =>
      manifest === undefined ? [] : [{ imageId: { imageDigest: manifest.digest }, imageManifest: manifest.text }],
    ),
    failures: found.flatMap(({ id, manifest }) => (manifest === undefined ? [failure(id, 'ImageNotFound')] : [])),
  });
}

function deleted(repository: FakeRepository, { imageIds = [] }: Input): Response {
  if (imageIds.length > 100) return awsError('InvalidParameterException', 'at most 100');
  const done: ImageId[] = [];
  const failures: object[] = [];
  for (const id of imageIds) {
    const digest = id.imageTag === undefined ? id.imageDigest : repository.tags.get(id.imageTag);
    const manifest = digest === undefined ? undefined : repository.manifests.get(digest);
    if (manifest === undefined || digest === undefined) failures.push(failure(id, 'ImageNotFound'));
    else if (id.imageDigest !== undefined && id.imageDigest !== digest) {
      failures.push(failure(id, 'ImageTagDoesNotMatchDigest'));
    } else if (id.imageTag !== undefined && repository.tagsOf(digest).length > 1) repository.tags.delete(id.imageTag);
    else if (repository.parentsOf(digest).length > 0) failures.push(failure(id, 'ImageReferencedByManifestList'));
    else {
      repository.remove(digest);
      done.push(id);
    }
  }
  return reply({ imageIds: done, failures });
}

function failure(imageId: ImageId, failureCode: string): object {
  return { imageId, failureCode, failureReason: `Requested image: ${failureCode}` };
}

function detailOf(repository: FakeRepository, manifest: FakeManifest): object {
  const { digest, bytes, pushedAt, pulledAt, mediaType, subject } = manifest;
  const tags = repository.tagsOf(digest);
  return {
    registryId: ECR_ACCOUNT,
    repositoryName: repository.name,
    imageDigest: digest,
    ...(tags.length > 0 && { imageTags: tags }),
    imageSizeInBytes: bytes,
    imagePushedAt: pushedAt.getTime() / 1000,
    imageManifestMediaType: mediaType,
    ...(pulledAt !== undefined && { lastRecordedPullTime: pulledAt.getTime() / 1000 }),
    ...(subject !== undefined && { subjectManifestDigest: subject }),
  };
}

function cut<Item>(
  items: readonly Item[],
  { maxResults = 100, nextToken = '0' }: Input,
): { readonly page: readonly Item[]; readonly nextToken: { readonly nextToken?: string } } {
  const from = Number(nextToken);
  const size = Math.min(1000, maxResults);
  const isLast = from + size >= items.length;
  return { page: items.slice(from, from + size), nextToken: isLast ? {} : { nextToken: `${from + size}` } };
}

function missing({ repositoryName = '' }: Input): Response {
  const text = `The repository with name '${repositoryName}' does not exist in the registry with id '${ECR_ACCOUNT}'`;
  return awsError('RepositoryNotFoundException', text);
}

function reply(body: object): Response {
  return Response.json(body, { headers: { 'Content-Type': 'application/x-amz-json-1.1' } });
}

/** An error of AWS's JSON protocol. */
export function awsError(type: string, message: string, status = 400): Response {
  return Response.json({ __type: type, message }, { status });
}

function stsError(code: string, message: string): Response {
  const text = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
  return new Response(text, { status: 403, headers: { 'Content-Type': 'text/xml' } });
}

function xml(action: string, inner: string): Response {
  const text = `<${action}Response><${action}Result>${inner}</${action}Result></${action}Response>`;
  return new Response(text, { headers: { 'Content-Type': 'text/xml' } });
}
