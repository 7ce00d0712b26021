import { afterAll, afterEach, beforeAll, beforeEach, expect, it, setDefaultTimeout } from 'bun:test';
import { CLIENTS } from './clients/all.ts';
import { mustSucceed, said, type Client, type Session } from './clients/client.ts';
import { havreOk, JOURNEY_MILLISECONDS, makeToken, openRegistry, type Registry } from './harness/registry.ts';
import { Sandbox } from './harness/sandbox.ts';
import { journey } from './harness/tools.ts';

setDefaultTimeout(JOURNEY_MILLISECONDS);

/** What clients print when they are told 401 or 403: each has its own words, none of them may be about anything else. */
const REFUSED =
  /unauthorized|denied|forbidden|authentication required|not authorized|no basic auth|invalid username\/password|credential not found|HTTP 40[13]|40[13]/i;

/** What a client must never say of a refusal: it sends the reader after the wrong thing. */
const MISLEADING = /\b50\d\b|internal server error|\bEOF\b|connection reset|time-?out|panic|too many requests/i;

for (const client of CLIENTS) {
  journey(`${client.name}: who may do what`, client.tools, () => describeAccess(client));
}

function describeAccess(client: Client): void {
  const stack = new AsyncDisposableStack();
  let registry: Registry;
  let each: AsyncDisposableStack;
  let session: Session;

  beforeAll(async () => {
    registry = stack.use(await openRegistry());
    const setup = new AsyncDisposableStack();
    stack.use(setup);
    const administrator = await openSession(client, registry, setup);
    mustSucceed(await administrator.login(registry.username, registry.password));
    for (const name of ['team/app:1.0', 'public/app:1.0']) mustSucceed(await administrator.push(name));
  });
  afterAll(() => stack.disposeAsync());

  beforeEach(async () => {
    each = new AsyncDisposableStack();
    session = await openSession(client, registry, each);
  });
  afterEach(() => each.disposeAsync());

  it('refuses everything to nobody, in words that fit', async () => {
    expectRefusal(await session.pull('team/app:1.0'));
    expectRefusal(await session.push('team/app:2.0'));
  });

  it('refuses a wrong password', async () => {
    expectRefusal(await session.login(registry.username, 'wrong'));
    expectRefusal(await session.login('nobody', 'wrong'));
  });

  it('lets a token pull what its scope names, and push nothing', async () => {
    const token = await makeToken(registry, 'reader', 'team/**:pull');
    mustSucceed(await session.login('reader', token));
    mustSucceed(await session.pull('team/app:1.0'));
    expectRefusal(await session.push('team/app:2.0'));
    expectRefusal(await session.pull('public/app:1.0'));
  });

  it('lets a token push what its scope names, until it is revoked', async () => {
    const token = await makeToken(registry, 'writer', 'team/**:pull,push');
    mustSucceed(await session.login('writer', token));
    mustSucceed(await session.push('team/app:3.0'));
    expectRefusal(await session.push('other/app:3.0'));
    await havreOk(registry, ['token', 'revoke', 'writer']);
    expectRefusal(await session.push('team/app:4.0'));
    expectRefusal(await session.pull('team/app:3.0'));
  });

  it('lets a user do what is granted, on the repositories that the pattern names', async () => {
    const password = 'a password of bob’s';
    await havreOk(registry, ['user', 'add', 'bob', '--password-stdin'], password);
    await havreOk(registry, ['grant', 'add', '--user', 'bob', 'bob/**', 'pull,push']);
    mustSucceed(await session.login('bob', password));
    mustSucceed(await session.push('bob/app:1.0'));
    mustSucceed(await session.pull('bob/app:1.0'));
    expectRefusal(await session.pull('team/app:1.0'));
    await havreOk(registry, ['user', 'remove', 'bob']);
    expectRefusal(await session.pull('bob/app:1.0'));
  });

  // Last: from here on the registry asks for no password where it used to.
  it('lets anybody pull what is granted to everybody, and nothing else', async () => {
    await havreOk(registry, ['grant', 'add', '--anonymous', 'public/**', 'pull']);
    mustSucceed(await session.pull('public/app:1.0'));
    expectRefusal(await session.pull('team/app:1.0'));
    expectRefusal(await session.push('public/app:2.0'));
  });

  it('still lets those with a password in, where everybody may pull something', async () => {
    mustSucceed(await session.login(registry.username, registry.password));
    mustSucceed(await session.push('team/app:5.0'));
    mustSucceed(await session.pull('team/app:5.0'));
    mustSucceed(await session.pull('public/app:1.0'));
    const token = await makeToken(registry, 'late', 'team/**:pull');
    mustSucceed(await session.login('late', token));
    mustSucceed(await session.pull('team/app:5.0'));
    expectRefusal(await session.push('team/app:6.0'));
  });
}

async function openSession(client: Client, registry: Registry, stack: AsyncDisposableStack): Promise<Session> {
  const sandbox = stack.use(await Sandbox.open());
  return stack.use(await client.open(sandbox, { host: registry.host, scheme: 'http' }));
}

function expectRefusal(finished: Parameters<typeof said>[0]): void {
  expect(finished.status).not.toBe(0);
  expect(said(finished)).toMatch(REFUSED);
  expect(said(finished)).not.toMatch(MISLEADING);
}
