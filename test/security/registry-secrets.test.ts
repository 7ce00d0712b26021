import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'bun:test';
import { ALL_RIGHTS } from '../fakes/fake.ts';
import { startFakeGeneric } from '../fakes/generic.ts';
import { havre } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { removeFolder, temporaryFolder } from '../support/folders.ts';
import { startOneHavre } from '../support/server.ts';

const target = temporaryFolder('backup');
afterAll(() => removeFolder(target));

/** As nothing else is written, whatever it is written in. */
const CANARIES = ['canary-7f3ab1-first', 'canary-7f3ab1-second', 'canary-7f3ab1-wrong'];
const FORMS = CANARIES.flatMap((canary) => [
  canary,
  Buffer.from(canary).toString('base64').replaceAll('=', ''),
  // Behind a username, as Basic has it: the beginning of the group of three that it falls into is not ours.
  Buffer.from(`ada:${canary}`).toString('base64').replaceAll('=', ''),
]);

function shownIn(text: string): readonly string[] {
  return FORMS.filter((form) => text.includes(form));
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

it('no secret of a registry shows in an answer, a log, a metric, the audit, the database or a backup', async () => {
  await using fake = startFakeGeneric();
  for (const secret of CANARIES.slice(0, 2))
    fake.users.set(`ada ${secret}`, { username: 'ada', secret, rights: ALL_RIGHTS });
  fake.users.set('ada', { username: 'ada', secret: CANARIES[0] ?? '', rights: ALL_RIGHTS });
  await using server = await startOneHavre({
    env: { HAVRE_EGRESS_ALLOW: 'registries=127.0.0.0/8', HAVRE_LOG_LEVEL: 'debug' },
  });
  const answers: string[] = [];
  const ask = async (method: string, path: string, body?: object): Promise<string> => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { authorization: server.authorization, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = `${response.status} ${await response.text()}`;
    answers.push(text);
    return text;
  };
  const [first, second, wrong] = CANARIES;
  const input = { name: 'one', url: fake.url, username: 'ada', secret: first };
  const added = await ask('POST', '/api/v1/registries', { project: 'p', ...input });
  const id = /reg-[a-z0-9]{8}/.exec(added)?.[0] ?? '';
  expect(id).not.toBe('');
  expect(await ask('POST', `/api/v1/registries/${id}/test`, {})).toContain('"state":"valid"');
  await ask('POST', '/api/v1/registry-tests', { project: 'p', ...input, secret: wrong });
  await ask('PUT', `/api/v1/registries/${id}`, { url: 'https://127.0.0.2' });
  await ask('POST', `/api/v1/registries/${id}/rotation`, { secret: wrong });
  fake.users.set('ada', { username: 'ada', secret: second ?? '', rights: ALL_RIGHTS });
  expect(await ask('POST', `/api/v1/registries/${id}/rotation`, { secret: second })).toContain('"rotation":"tested"');
  await ask('POST', `/api/v1/registries/${id}/rotation/switch`, {});
  await ask('POST', '/api/v1/registries', { project: 'p', ...input, name: 'two', url: 'https://:x@', secret: wrong });
  await ask('GET', '/api/v1/registries');
  await ask('GET', `/api/v1/registries/${id}/checks`);
  await ask('GET', '/cloud/project/p/ai/registry');
  const made = await havre(['backup', target, '--data', server.data], {});
  answers.push(made.stdout, made.stderr);
  await eventually('the audit has it', async () => {
    expect(await ask('GET', '/api/v1/audit')).toContain('registry.secret-switched');
  });
  expect(await ask('GET', '/metrics')).toContain('havre_registry_connections{state="valid"} 1');
  expect(shownIn(answers.join('\n'))).toEqual([]);
  expect(shownIn(server.logs())).toEqual([]);
  const copied = filesBelow(target);
  expect(copied.length).toBeGreaterThan(0);
  expect(copied.filter((path) => path.endsWith('secrets.key'))).toEqual([]);
  const files = [...filesBelow(server.data), ...copied];
  for (const path of files) expect([path, ...shownIn(readFileSync(path, 'latin1'))]).toEqual([path]);
});
