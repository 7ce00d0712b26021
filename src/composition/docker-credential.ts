import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCredentialHelper, type HelperConnection } from '../cli/credential-helper/credential-helper.ts';
import { remoteAdmin } from '../cli/remote-admin.ts';
import { helperLogin } from '../config/helper-login.ts';
import { VERSION } from './version.ts';

// The program docker-credential-havre. It loads as little as it can: a client waits for it before every pull.

/** More than a registry that makes a token needs, less than a person waits. */
const LONGEST_MILLISECONDS = 60_000;

const answer = await runCredentialHelper(process.argv[2], {
  version: VERSION,
  input: () => Bun.stdin.text(),
  connect,
});
process.stdout.write(`${answer.text}\n`);
process.exitCode = answer.exitCode;

async function connect(): Promise<HelperConnection | undefined> {
  const login = await helperLogin();
  if (login === undefined) return undefined;
  const project = login.project === undefined ? {} : { project: login.project };
  if ('data' in login) return { ...project, send: (request) => sendToSocket(join(login.data, 'havre.sock'), request) };
  const { server, username, password, ca } = login;
  const authorities = ca === undefined ? {} : { authorities: await readFile(ca, 'utf8') };
  const { send } = remoteAdmin({ server, name: username, password, ...authorities });
  return {
    ...project,
    own: { host: new URL(server).host, username, password },
    send: (request) => send(signed(request)),
  };
}

/** Without a server there is no control socket: opening the folder here would take the place of one. */
async function sendToSocket(socket: string, request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const named = signed(request);
  const { method, headers, signal } = named;
  const body = named.body === null ? null : await named.text();
  try {
    return await fetch(`http://localhost${pathname}${search}`, { unix: socket, method, headers, body, signal });
  } catch (error) {
    throw new Error(`No Havre answers at ${socket}. Is it running, and may you open that file?`, { cause: error });
  }
}

function signed(request: Request): Request {
  const named = new Request(request, { signal: AbortSignal.timeout(LONGEST_MILLISECONDS) });
  named.headers.set('User-Agent', `docker-credential-havre/${VERSION}`);
  return named;
}
