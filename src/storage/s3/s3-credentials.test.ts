import { afterAll, beforeAll, beforeEach, expect, it, setDefaultTimeout } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder, temporaryFolder } from '../../../test/support/folders.ts';

// Each test starts a process, which loads the whole client.
setDefaultTimeout(60_000);

const SCRIPT = join(import.meta.dir, '../../../test/support/list-bucket.ts');
const EMPTY_LIST = '<ListBucketResult><Name>havre</Name><KeyCount>0</KeyCount></ListBucketResult>';

/** What a server that speaks S3, STS and the metadata of instances was asked. */
let asked: { readonly path: string; readonly authorization: string; readonly token: string | null }[] = [];
let server: Bun.Server<undefined> | undefined;
let folder = '';

const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();

function answer(request: Request): Response {
  const { pathname } = new URL(request.url);
  if (pathname === '/latest/api/token') return new Response('imds-token');
  if (pathname === '/latest/meta-data/iam/security-credentials/') return new Response('havre-role');
  if (pathname.startsWith('/latest/meta-data/iam/')) {
    const keys = { AccessKeyId: 'INSTANCE', SecretAccessKey: 'secret', Token: 'session', Expiration: inAnHour() };
    return Response.json({ Code: 'Success', Type: 'AWS-HMAC', LastUpdated: new Date().toISOString(), ...keys });
  }
  if (pathname === '/container') {
    return Response.json({ AccessKeyId: 'CONTAINER', SecretAccessKey: 'secret', Token: 't', Expiration: inAnHour() });
  }
  if (pathname === '/sts/') {
    return new Response(
      `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>WEBIDENTITY</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>session</SessionToken><Expiration>${inAnHour()}</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
      { headers: { 'content-type': 'text/xml' } },
    );
  }
  const { headers } = request;
  const authorization = headers.get('authorization') ?? '';
  asked.push({ path: pathname, authorization, token: headers.get('x-amz-security-token') });
  return new Response(EMPTY_LIST, { headers: { 'content-type': 'application/xml' } });
}

beforeAll(() => {
  folder = temporaryFolder('credentials');
  server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: answer });
});
beforeEach(() => void (asked = []));
afterAll(async () => {
  await server?.stop(true);
  removeFolder(folder);
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Lists a bucket in a process that has this environment, and none of ours that has to do with AWS. */
async function list(environment: (url: string) => Record<string, string>): Promise<string> {
  const url = `http://127.0.0.1:${server?.port}`;
  const child = Bun.spawn([process.execPath, SCRIPT, url], {
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      AWS_CONFIG_FILE: join(folder, 'none'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
      ...environment(url),
    },
    stderr: 'pipe',
  });
  const stderr = await new Response(child.stderr).text();
  await child.exited;
  return stderr;
}

const CASES: readonly [string, string, string | null, (url: string) => Record<string, string>][] = [
  [
    'the environment',
    'ENVIRONMENT',
    null,
    () => ({ AWS_ACCESS_KEY_ID: 'ENVIRONMENT', AWS_SECRET_ACCESS_KEY: 'secret' }),
  ],
  [
    'a profile of a shared file',
    'FILE',
    null,
    () => ({
      AWS_PROFILE: 'havre',
      AWS_SHARED_CREDENTIALS_FILE: file(
        'credentials',
        '[default]\naws_access_key_id=WRONG\naws_secret_access_key=x\n[havre]\naws_access_key_id=FILE\naws_secret_access_key=secret\n',
      ),
    }),
  ],
  [
    'a web identity',
    'WEBIDENTITY',
    'session',
    (url) => ({
      AWS_WEB_IDENTITY_TOKEN_FILE: file('token', 'a.web.token'),
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/havre',
      AWS_ENDPOINT_URL_STS: `${url}/sts`,
    }),
  ],
  ['its container', 'CONTAINER', 't', (url) => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/container` })],
  ['the role of the instance', 'INSTANCE', 'session', (url) => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: url })],
];

for (const [where, accessKey, token, environment] of CASES) {
  it(`credentials are found in ${where}`, async () => {
    expect(await list(environment)).toBe('');
    expect(asked.map(({ path }) => path)).toEqual(['/havre/']);
    expect(asked[0]?.authorization).toContain(`Credential=${accessKey}/`);
    expect(asked[0]?.authorization).toContain('/eu-west-3/s3/');
    expect(asked[0]?.token ?? null).toBe(token);
  });
}

it('without any, what to do is said', async () => {
  expect(await list(() => ({ AWS_EC2_METADATA_DISABLED: 'true' }))).toContain('set AWS_ACCESS_KEY_ID and');
});
