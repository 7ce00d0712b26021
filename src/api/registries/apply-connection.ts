import type { Connection } from '../../connections/connection.ts';
import type { ConnectionInput } from '../../connections/connection-input.ts';
import type { Connections } from '../../connections/connections.ts';
import type { Actor } from '../../metadata/actor.ts';
import { registryUrl } from './registry-input.ts';

export interface Applied {
  readonly result: 'created' | 'updated' | 'unchanged';
  /** The fields that were otherwise. */
  readonly changes: readonly string[];
  /** Absent: it would be created. */
  readonly connection?: Connection;
}

export interface Wanted {
  readonly project: string;
  readonly input: ConnectionInput;
  /** Only say what would be done, or refused. */
  readonly dryRun: boolean;
}

/** Makes the connection of a name be as somebody says; doing so again changes nothing. */
export async function applyConnection(
  connections: Pick<Connections, keyof Connections>,
  { project, input, dryRun }: Wanted,
  actor: Actor,
): Promise<Applied> {
  const known = await findByName(connections, project, input.name);
  if (known === undefined) {
    const changes = Object.keys(input);
    if (dryRun) {
      await connections.checkNew(project, input);
      return { result: 'created', changes };
    }
    return { result: 'created', changes, connection: await connections.add(project, input, actor) };
  }
  const changes = await changedFields(connections, known, input);
  if (changes.length === 0) return { result: 'unchanged', changes, connection: known };
  const wanted = Object.fromEntries(Object.entries(input).filter(([field]) => changes.includes(field)));
  if (dryRun) {
    await connections.checkChange(known.id, wanted);
    return { result: 'updated', changes, connection: known };
  }
  return { result: 'updated', changes, connection: await connections.change(known.id, wanted, actor) };
}

async function findByName(
  connections: Pick<Connections, 'list'>,
  project: string,
  name: string,
): Promise<Connection | undefined> {
  for (let after = ''; ;) {
    const page = await connections.list({ project, search: name }, { after, limit: PAGE });
    const found = page.find((connection) => connection.name === name.trim());
    const last = page.at(-1);
    if (found !== undefined || page.length < PAGE || last === undefined) return found;
    after = last.id;
  }
}

const PAGE = 1000;

async function changedFields(
  connections: Pick<Connections, 'holdsSecret'>,
  known: Connection,
  input: ConnectionInput,
): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const field of Object.keys(input) as (keyof ConnectionInput)[]) {
    if (!(await isSame(connections, known, input, field))) changed.push(field);
  }
  return changed;
}

async function isSame(
  connections: Pick<Connections, 'holdsSecret'>,
  known: Connection,
  input: ConnectionInput,
  field: keyof ConnectionInput,
): Promise<boolean> {
  switch (field) {
    case 'url': {
      const { text, scheme } = registryUrl(input.url);
      return text === known.url && (scheme === 'http') === known.isPlainHttp;
    }
    case 'secret':
      return connections.holdsSecret(known.id, input.secret ?? '');
    // It comes with its certificate, and is as secret as the password.
    case 'clientKey':
      return input.clientCertificate === known.clientCertificate;
    case 'fields':
      return sameFields(input.fields ?? {}, known.fields);
    case 'expiresAt':
      return known.credential.expirySource === 'registry' || sameTime(input.expiresAt, known.credential.expiresAt);
    case 'rotateAfterDays':
    case 'isAutomatic':
      return input[field] === known.credential[field];
    case 'username':
      return (input.username ?? '').trim() === known.username;
    case 'name':
    case 'kind':
    case 'form':
      return input[field] === known[field] || (field === 'name' && input.name.trim() === known.name);
    case 'region':
    case 'authorities':
    case 'clientCertificate':
    case 'testRepository':
      return (input[field] ?? '') === (known[field] ?? '');
  }
}

function sameFields(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const given = Object.entries(one).filter(([, value]) => value !== '');
  return given.length === Object.keys(other).length && given.every(([name, value]) => other[name] === value);
}

function sameTime(one: Date | null | undefined, other: Date | undefined): boolean {
  return (one?.getTime() ?? undefined) === other?.getTime();
}
