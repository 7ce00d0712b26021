import { bearerOf, type Fake, type FakeReply, type FakeRequest, type FakeUser } from './fake.ts';

/** What Azure Resource Manager knows of the tokens of a registry. */
export interface AzureManagement {
  /** Path of the registry. */
  readonly registry: string;
  /** Names of the passwords that a token has, by its name. */
  readonly passwords: Map<string, Set<string>>;
  /** How often one has to look before a password is there. Default: it is at once. */
  looks: number;
  /** How often a new password is refused before it is known. */
  refusals: number;
}

const TOKEN = /^\/tokens\/([^/]+)$/;

export const AZURE_REGISTRY =
  '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/docks/providers/Microsoft.ContainerRegistry/registries/harbour';

/** @param who by the token of Entra ID. */
export function managementReply(
  request: FakeRequest,
  fake: Fake & { readonly management: AzureManagement },
  who: (bearer: string) => FakeUser | undefined,
): FakeReply {
  const { method, path, query, body } = request;
  const { management } = fake;
  const user = who(bearerOf(request) ?? '');
  if (user === undefined) return refusal(401, 'AuthenticationFailed', 'The token is not for Azure Resource Manager.');
  if (query.get('api-version') !== '2023-07-01') return refusal(400, 'InvalidApiVersionParameter', 'No such version.');
  if (!user.rights.has('manage')) return refusal(403, 'AuthorizationFailed', 'It may not do that.');
  const below = path.slice(management.registry.length);
  if (method === 'POST' && below === '/generateCredentials') return generate(fake, JSON.parse(body) as Wanted);
  const [, done] = /^\/operations\/(.+)$/.exec(below) ?? [];
  if (done !== undefined) return looked(fake, done);
  const [, name = ''] = TOKEN.exec(below) ?? [];
  const names = management.passwords.get(name);
  if (names === undefined) return refusal(404, 'ResourceNotFound', 'There is no such token.');
  if (method === 'PATCH') {
    const { properties } = JSON.parse(body) as { properties: { credentials: { passwords: { name: string }[] } } };
    const kept = new Set(properties.credentials.passwords.map((password) => password.name));
    for (const gone of [...names].filter((one) => !kept.has(one))) {
      names.delete(gone);
      fake.users.delete(`${name}/${gone}`);
    }
  }
  const passwords = [...names].map((one) => ({ name: one, creationTime: '2026-02-01T10:00:00Z' }));
  return Response.json({ name, properties: { status: 'enabled', credentials: { passwords } } });
}

interface Wanted {
  readonly tokenId: string;
  readonly name: string;
  readonly expiry: string;
}

/** The password of this name is another one from now on. */
function generate(fake: Fake & { readonly management: AzureManagement }, wanted: Wanted): FakeReply {
  const { management } = fake;
  const [, token = ''] = TOKEN.exec(wanted.tokenId.slice(management.registry.length)) ?? [];
  const names = management.passwords.get(token);
  if (names === undefined) return refusal(404, 'ResourceNotFound', 'There is no such token.');
  names.add(wanted.name);
  const value = `${wanted.name}-made-${fake.requests.length}`;
  const rights = fake.users.get(token)?.rights ?? new Set();
  const secretExpiresAt = new Date(wanted.expiry);
  fake.users.set(`${token}/${wanted.name}`, { username: token, secret: value, rights, secretExpiresAt });
  if (management.looks > 0) return later(fake, `${token}.${wanted.name}`);
  return made(fake, `${token}.${wanted.name}`);
}

function looked(fake: Fake & { readonly management: AzureManagement }, operation: string): FakeReply {
  fake.management.looks -= 1;
  return fake.management.looks > 0 ? later(fake, operation) : made(fake, operation);
}

function later({ url, management }: Fake & { readonly management: AzureManagement }, operation: string): Response {
  const Location = `${url}${management.registry}/operations/${operation}?api-version=2023-07-01`;
  return new Response(null, { status: 202, headers: { Location } });
}

function made(fake: Fake, operation: string): Response {
  const [username = '', name = ''] = operation.split('.');
  const user = fake.users.get(`${username}/${name}`);
  const expiry = user?.secretExpiresAt?.toISOString();
  return Response.json({
    username,
    passwords: [{ name, value: user?.secret, creationTime: '2026-03-01T12:00:00Z', expiry }],
  });
}

function refusal(status: number, code: string, message: string): Response {
  return Response.json({ error: { code, message } }, { status });
}
