import type { CheckReport } from '../account.ts';
import { ProviderError } from '../provider-error.ts';
import { objectIn } from './answer.ts';
import type { Checking } from './check.ts';
import { grantedActions } from './claims.ts';
import { DELETION_IS_OFF } from './delete-manifest.ts';
import { CATALOG_SCOPE, isBelow } from './lists.ts';
import { isRepositoryName } from '../names.ts';
import type { Method } from './oci-session.ts';
import { type Answered, tryDelete, tryPull, tryPush } from './trials.ts';

type Abilities = CheckReport['abilities'];

interface Found {
  readonly abilities: Abilities;
  readonly remarks: readonly string[];
}

interface Finding {
  readonly method: Method | undefined;
  readonly signal: AbortSignal;
}

/** What the credentials may do, as far as the registry tells, or lets us try without leaving anything. */
export async function findAbilities(checking: Checking, { method, signal }: Finding): Promise<Found> {
  const { repository, hasCatalog } = checking;
  const catalog = hasCatalog ? await lookAtCatalog(checking, signal) : { list: 'unknown' as const };
  const subject = repository ?? catalog.name;
  const { list } = catalog;
  if (subject === undefined) {
    return { abilities: { list, pull: 'unknown', push: 'unknown', delete: 'unknown' }, remarks: [] };
  }
  const granted = method?.kind === 'bearer' ? await askTokenService(checking, { method, subject, signal }) : undefined;
  if (granted !== undefined) return await withDeletionTried(checking, { list, ...granted }, signal);
  const trying = { session: checking.session, repository: subject, signal };
  const pull = await tryPull(trying);
  // Only where somebody said so something is tried that could, at a strange registry, leave something.
  if (repository === undefined) return { abilities: { list, pull, push: 'unknown', delete: 'unknown' }, remarks: [] };
  const [push, deletion] = [await tryPush(trying), await tryDelete(trying)];
  return {
    abilities: { list, pull, push, delete: deletion === 'off' ? 'no' : deletion },
    remarks: deletion === 'off' ? [DELETION_IS_OFF] : [],
  };
}

/** A token service may grant what the registry has switched off. */
async function withDeletionTried(
  { session, repository, triesDeletion }: Checking,
  abilities: Abilities,
  signal: AbortSignal,
): Promise<Found> {
  if (!triesDeletion || repository === undefined || abilities.delete !== 'yes') return { abilities, remarks: [] };
  const isOff = (await tryDelete({ session, repository, signal })) === 'off';
  return isOff ? { abilities: { ...abilities, delete: 'no' }, remarks: [DELETION_IS_OFF] } : { abilities, remarks: [] };
}

async function lookAtCatalog(
  { session, below }: Checking,
  signal: AbortSignal,
): Promise<{ readonly list: Answered; readonly name?: string }> {
  const path = `/v2/_catalog?n=${below === '' ? 1 : 100}`;
  const answer = await session.send({ method: 'GET', path, scopes: [CATALOG_SCOPE], signal }).catch(unlessRefused);
  if (answer === undefined) return { list: 'no' };
  if (answer.status !== 200) return { list: [401, 403, 404, 405].includes(answer.status) ? 'no' : 'unknown' };
  const names = objectIn(answer.body)?.['repositories'];
  const name = (Array.isArray(names) ? (names as readonly unknown[]) : [])
    .filter((text) => typeof text === 'string')
    .find((text) => isBelow(text, below) && isRepositoryName(text));
  return { list: 'yes', ...(name !== undefined && { name }) };
}

/** What a token for everything would let us do; `undefined`: it does not say. */
async function askTokenService(
  { session }: Checking,
  {
    method,
    subject,
    signal,
  }: { readonly method: Method & { kind: 'bearer' }; readonly subject: string; readonly signal: AbortSignal },
): Promise<Omit<Abilities, 'list'> | undefined> {
  const scopes = [`repository:${subject}:pull,push,delete`];
  const token = await session.token(method, scopes, signal).catch(unlessRefused);
  if (token === undefined) return { pull: 'no', push: 'no', delete: 'no' };
  const actions = grantedActions(token.text, subject);
  if (actions === undefined) return undefined;
  const may = (action: string): Answered => (actions.has(action) || actions.has('*') ? 'yes' : 'no');
  return { pull: may('pull'), push: may('push'), delete: may('delete') };
}

/** The credentials are known to be good: what is refused now is this, and not them. */
function unlessRefused(error: unknown): undefined {
  const isRefused = error instanceof ProviderError && ['forbidden', 'wrong-credentials'].includes(error.diagnosis);
  if (!isRefused) throw error;
}
