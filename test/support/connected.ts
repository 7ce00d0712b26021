import type { Identity } from '../../src/auth/identity.ts';
import { localAdministrator } from '../../src/auth/identity.ts';
import { ALL_RIGHTS } from '../fakes/fake.ts';
import { FakeRepository } from '../fakes/fake-repository.ts';
import { startFakeHarbor } from '../fakes/harbor.ts';
import { openInstallation, type Installation } from './admin.ts';
import { basicAuthorization } from '../../src/auth/credentials/credential.ts';

export interface Answer {
  readonly status: number;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- what a test expects of it, it says
  readonly document: any;
}

/** An installation, and a Harbor with `team/app` that it may be connected to. */
export interface Connected extends AsyncDisposable {
  readonly installation: Installation;
  readonly fake: ReturnType<typeof startFakeHarbor>;
  readonly app: FakeRepository;
  /** @param identity default: the administrator of the machine. */
  ask(method: string, path: string, body?: unknown, identity?: Identity): Promise<Answer>;
  /** Connects the Harbor under a name. @returns the id. */
  connect(project: string, name: string): Promise<string>;
  /** Somebody who may do that in `pn-1`. */
  somebody(name: string, actions?: readonly string[]): Promise<Identity>;
}

export const SECRET_THERE = 'canary-of-the-secret-in-use';
const PASSWORD = 'a long enough password';

export async function openConnected(): Promise<Connected> {
  const installation = await openInstallation();
  const fake = startFakeHarbor();
  fake.users.set('bob', { username: 'bob', secret: SECRET_THERE, rights: ALL_RIGHTS });
  const app = new FakeRepository('team/app');
  fake.repositories.set('team/app', app);
  const ask: Connected['ask'] = async (method, path, body, identity = localAdministrator()) => {
    const request = new Request(`http://localhost/api/v1${path}`, {
      method,
      headers: { 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const response = await installation.api(request, identity);
    const text = await response.text();
    const isDocument = response.headers.get('content-type')?.includes('json') === true && !text.includes('\n');
    return { status: response.status, text, document: isDocument ? JSON.parse(text) : undefined };
  };
  return {
    installation,
    fake,
    app,
    ask,
    connect: async (project, name) => {
      const form = { kind: 'harbor', form: 'password', url: fake.url, username: 'bob', secret: SECRET_THERE };
      return (await ask('POST', '/registries', { project, name, ...form })).document.registry.id as string;
    },
    somebody: async (name, actions = []) => {
      await ask('POST', '/users', { name, password: PASSWORD });
      if (actions.length > 0) await ask('POST', '/grants', { to: { kind: 'user', name }, pattern: 'pn-1', actions });
      return installation.auth.authenticator.identify(basicAuthorization(name, PASSWORD), { source: '192.0.2.1' });
    },
    [Symbol.asyncDispose]: async () => {
      await fake[Symbol.asyncDispose]();
      await installation.close();
    },
  };
}
