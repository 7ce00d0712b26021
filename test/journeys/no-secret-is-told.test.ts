import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, setDefaultTimeout } from 'bun:test';
import { ALL_RIGHTS, type Fake } from '../fakes/fake.ts';
import { startFakeGeneric } from '../fakes/generic.ts';
import { Canary, Told, watchCommandLines } from '../support/canaries.ts';
import { clientCertificate } from '../support/client-certificate.ts';
import { plainEnvironment } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { removeFolder, temporaryFolder } from '../support/folders.ts';
import { type Finished, run } from '../support/process.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { startOneHavre, type RunningHavre } from '../support/server.ts';
import { type Echo, ECHOES, startEcho } from '../support/echoing-registry.ts';
import { JOURNEY_MILLISECONDS } from './harness/registry.ts';

setDefaultTimeout(JOURNEY_MILLISECONDS);

const BIN = join(import.meta.dirname, '../../bin');
/** What is escaped wherever it is written. */
const QUOTED = '"\\ü&';
const BROWSED = ['repositories', 'tags?repository=a/b', 'image?repository=a/b&reference=1'];

/**
 * Secrets of every sort are given to a Havre of its own, in every way that there is, and used; then everything that it
 * said and wrote is looked through for them. Only what is there to hand them out may tell them.
 */
describe('a secret that was given to Havre', () => {
  const stack = new AsyncDisposableStack();
  const canaries = {
    password: new Canary('password'),
    staged: new Canary('staged secret'),
    wrong: new Canary('wrong password'),
    hookSecret: new Canary('secret of the webhook'),
    hookHeader: new Canary('header of the webhook'),
  };
  const password = `${canaries.password.text}${QUOTED}`;
  const staged = `${canaries.staged.text}${QUOTED}`;
  const wrong = `${canaries.wrong.text}${QUOTED}`;
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const privateKey = keys.export({ type: 'pkcs8', format: 'pem' }).toString();
  const serviceAccount = JSON.stringify({
    type: 'service_account',
    project_id: 'harbour-1',
    private_key_id: '0f1e2d3c4b5a',
    private_key: privateKey,
    client_email: 'ci@harbour-1.iam.gserviceaccount.com',
  });
  const commandLines: string[] = [];
  let clientKey: string;
  let certificate: string;
  let told: Told;
  let server: RunningHavre;
  let fake: Fake;
  let echo: Echo;
  let receiver: Receiver;
  let folder: string;
  let data: string;
  let id: string;
  let keyRotation: Promise<Finished>;

  beforeAll(async () => {
    folder = temporaryFolder('canaries');
    stack.defer(() => removeFolder(folder));
    data = join(folder, 'data');
    await mkdir(data);
    ({ key: clientKey, certificate } = await clientCertificate('harbour'));
    const all = [
      ...Object.values(canaries),
      new Canary('key of the certificate', lineOf(clientKey)),
      new Canary('key of the service account', lineOf(privateKey)),
    ];
    told = new Told(all);
    stack.use(
      watchCommandLines((line) => {
        commandLines.push(line);
        told.add('command line', line);
      }),
    );
    fake = stack.use(startFakeGeneric());
    echo = stack.use(startEcho());
    receiver = stack.use(openReceiver());
    // A receiver that says what it was told is nothing to wonder at.
    receiver.answer(({ headers }) => Response.json(Object.fromEntries(headers), { status: 400 }));
    letIn(password);
    server = stack.use(
      await startOneHavre({
        data,
        env: {
          HAVRE_EGRESS_ALLOW: '127.0.0.0/8',
          HAVRE_LOG_LEVEL: 'debug',
          // Nobody but this test asks the registries, and none of the Internet is asked.
          HAVRE_REGISTRIES_CHECK_SECONDS: '0',
        },
      }),
    );
  });
  afterAll(() => stack.disposeAsync());

  it('is taken by the command line', async () => {
    const files = { key: clientKey, cert: certificate, account: serviceAccount };
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    const certified = ['--client-certificate', join(folder, 'cert'), '--client-key', join(folder, 'key')];
    const added = await cli(['registries', 'add', 'one', fake.url, ...login('ada'), ...certified], password);
    expect(said(added)).toContain('It works');
    id = /reg-[a-z0-9]{8}/.exec(added.stdout)?.[0] ?? '';
    expect((await cli(['registries', 'add', 'two', fake.url, ...login('ada')], wrong)).stdout).toContain('wrong');
    const google = ['registries', 'add', 'google', 'europe-docker.pkg.dev/harbour-1/team', '--no-check'];
    expect((await cli([...google, '--password-file', join(folder, 'account')])).status).toBe(0);
    const file = join(folder, 'registries.yaml');
    await writeFile(file, `name: three\nurl: ${fake.url}\nusername: ada\npassword: '${password}'\n`);
    expect((await cli(['registries', 'apply', '-f', file])).stdout).toContain('created');
    await writeFile(file, `name: four\nurl: ${fake.url}\npassword: "${wrong}\n  : [`);
    expect((await cli(['registries', 'apply', '-f', file])).status).not.toBe(0);
    await writeFile(file, `name: four\nurl: ${fake.url}\npasswort: '${wrong}'\nusername: ['${wrong}']\n`);
    expect((await cli(['registries', 'apply', '-f', file])).status).not.toBe(0);
    const named = join(folder, 'secret');
    await writeFile(named, canaries.hookSecret.text);
    await writeFile(join(folder, 'headers'), `Authorization: Bearer ${canaries.hookHeader.text}\n`);
    const hook = ['webhook', 'add', 'hook', receiver.url, '--header-file', join(folder, 'headers')];
    // The answer has the secret of the webhook in it, this once.
    expect((await handedOut([...hook, '--secret-file', named])).status).toBe(0);
  });

  it('is taken by the API, and not repeated where something is wrong', async () => {
    const input = { project: 'p', name: 'five', url: fake.url, username: 'ada', secret: wrong };
    expect(await ask('POST', '/api/v1/registry-tests', input)).toContain('wrong-credentials');
    for (const body of [
      { ...input, secret: { value: wrong } },
      { ...input, passphrase: wrong },
      { ...input, kind: wrong },
      { ...input, form: wrong },
      { ...input, expiresAt: wrong },
      { ...input, clientCertificate: certificate, clientKey: clientKey.replace(/\n.{20}/, '\n') },
      { ...input, clientKey: wrong },
      { ...input, authorities: clientKey },
      { ...input, url: `https://ada:${canaries.wrong.text}@127.0.0.2` },
      { ...input, kind: 'google', url: 'europe-docker.pkg.dev/a/b', secret: serviceAccount.replace('"type"', '"typ"') },
      { ...input, kind: 'google', url: 'europe-docker.pkg.dev/a/b', secret: `${serviceAccount},` },
      `{"name": "five", "secret": "${canaries.wrong.text}`,
    ]) {
      expect(await ask('POST', '/api/v1/registries', body)).toStartWith('400 ');
    }
    const ovh = { region: 'GRA', url: fake.url, username: 'ada', password: staged };
    expect(await ask('POST', '/cloud/project/p/ai/registry', ovh)).toStartWith('200 ');
    expect(await ask('POST', '/cloud/project/p/ai/registry', { ...ovh, password: [wrong] })).toStartWith('400 ');
    await ask('GET', '/cloud/project/p/ai/registry');
    await ask('GET', `/cloud/project/p/ai/registry/${id}`);
    expect(await ask('PUT', `/api/v1/registries/${id}`, { url: 'https://127.0.0.2' })).toStartWith('400 ');
  });

  it('is not told by a registry that repeats what it is sent', async () => {
    const added = await ask('POST', '/api/v1/registries', { project: 'p', name: 'echo', url: echo.url });
    const of = /reg-[a-z0-9]{8}/.exec(added)?.[0] ?? '';
    const secrets = [
      { username: 'ada', secret: password },
      { username: 'a', secret: password },
      { username: 'ad', secret: canaries.password.text },
      { username: '_json_key', secret: serviceAccount },
    ];
    for (const secret of secrets) {
      expect(await ask('PUT', `/api/v1/registries/${of}`, secret)).toStartWith('200 ');
      for (const way of ECHOES) {
        echo.way = way;
        expect(await ask('POST', `/api/v1/registries/${of}/test`, {})).toStartWith('200 ');
        await ask('POST', `/api/v1/registries/${of}/rotation`, { secret: staged });
        await ask('POST', `/api/v1/registries/${of}/credentials`, {}, 'hands out');
        for (const path of BROWSED) await ask('GET', `/api/v1/registries/${of}/${path}`);
      }
      // It took whatever it was sent, in one of the ways.
      expect(await ask('POST', `/api/v1/registries/${of}/rotation/cancel`, {})).toStartWith('200 ');
    }
    expect(echo.repeated).toBeGreaterThan(0);
    await ask('GET', `/api/v1/registries/${of}/checks`);
    await cli(['registries', 'test', of]);
    await ask('POST', '/api/v1/webhooks/hook/ping', {});
    await eventually('the webhook was called', () => expect(receiver.received.length).toBeGreaterThan(0));
    await ask('GET', '/api/v1/webhooks/hook/deliveries');
  });

  it('is replaced', async () => {
    await ask('POST', `/api/v1/registries/${id}/rotation`, { secret: wrong });
    letIn(staged);
    expect(said(await cli(['registries', 'rotate', 'one', '--password-stdin', '--no-switch'], staged))).toContain(
      'It waits',
    );
    expect((await cli(['registries', 'rotate', 'one'])).stdout).toContain('Switched');
    expect((await cli(['registries', 'rotate', 'one', '--confirm'])).stdout).toContain('Confirmed');
    // It waits until nobody can seal by the old key any more.
    keyRotation = cli(['secrets', 'rotate-key']);
  });

  it('is handed out where it is asked for', async () => {
    for (const command of [
      ['docker-config', '--project', 'default'],
      ['k8s', 'secret', id],
      ['registries', 'password', id],
    ]) {
      const { stdout } = await handedOut(command);
      const [encoded = ''] = /[A-Za-z0-9+/=]{100,}/.exec(stdout) ?? [];
      const text = stdout + Buffer.from(encoded, 'base64').toString();
      expect([command[0], canaries.staged.isIn(text)]).toEqual([command[0], true]);
    }
    const helper = await run(['node', join(BIN, 'docker-credential-havre.js'), 'get'], {
      environment: { ...plainEnvironment(), HAVRE_DATA: data },
      input: fake.host,
    });
    expect(canaries.staged.isIn(helper.stdout)).toBe(true);
    told.add('the credential helper, on stderr', helper.stderr);
    await cli(['docker-config', '--helper']);
    await cli(['registries', 'login-lines', id]);
  });

  it('is nowhere else', async () => {
    for (const words of [
      ['registries', 'list'],
      ['registries', 'show', id],
      ['registries', 'checks', id],
      ['webhook', 'list'],
      ['webhook', 'deliveries', 'hook'],
      ['audit', 'list'],
    ]) {
      expect((await cli([...words, '--json'])).status).toBe(0);
      await cli(words);
    }
    const audit = await cli(['audit', 'export']);
    for (const action of ['registry.login-handed-out', 'registry.secret-switched', 'webhook.created']) {
      expect([action, audit.stdout.includes(action)]).toEqual([action, true]);
    }
    for (const path of [
      '/api/v1/registries',
      `/api/v1/registries/${id}`,
      `/api/v1/registries/${id}/login-lines`,
      '/api/v1/upstreams',
      '/api/v1/webhooks',
      '/api/v1/status',
      '/api/v1/audit',
      '/api/v1/audit/export',
      '/metrics',
    ]) {
      expect(await ask('GET', path)).toStartWith('200 ');
    }
    expect((await keyRotation).status).toBe(0);
    const backup = join(folder, 'backup');
    expect(said(await cli(['backup', backup]))).not.toBe('');
    await server.stop();
    const key = readFileSync(join(data, 'secrets.key'));
    const master = new Canary('key of secrets', key.toString().trim().split('\n').at(-1));
    const everything = new Told([master]);
    for (const into of [told, everything]) {
      into.add('log', server.logs());
      into.addFolder(data, ['secrets.key']);
      into.addFolder(backup);
    }
    // Whoever looks for what is not there has to be able to find it.
    expect(server.logs().includes('"endpoint":"api"')).toBe(true);
    expect(commandLines.filter((line) => line.includes('registries add one')).length).toBeGreaterThan(0);
    expect(told.count).toBeGreaterThan(150);
    expect([...told.leaks, ...everything.leaks]).toEqual([]);
  });

  function letIn(secret: string): void {
    fake.users.set('ada', { username: 'ada', secret, rights: ALL_RIGHTS });
  }

  function login(username: string): readonly string[] {
    return ['--username', username, '--password-stdin'];
  }

  function handedOut(words: readonly string[], input = ''): Promise<Finished> {
    const environment = { ...plainEnvironment(), HAVRE_DATA: data };
    return run(['node', join(BIN, 'havre.js'), ...words], { environment, input });
  }

  async function cli(words: readonly string[], input = ''): Promise<Finished> {
    const finished = await handedOut(words, input);
    told.add(`havre ${words.join(' ')}`, said(finished));
    return finished;
  }

  async function ask(method: string, path: string, body?: unknown, purpose = ''): Promise<string> {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { Authorization: server.authorization, 'Content-Type': 'application/json' },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = `${response.status} ${await response.text()}`;
    const headers = JSON.stringify([...response.headers]);
    told.add(`${method} ${path}`, purpose === '' || response.status >= 400 ? `${text} ${headers}` : headers);
    return text;
  }
});

function said({ stdout, stderr }: Finished): string {
  return stdout + stderr;
}

/** One from the middle of a PEM: the first ones of all keys of a sort are alike. */
function lineOf(pem: string): string {
  return pem.split('\n')[2] ?? '';
}
