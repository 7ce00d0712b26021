import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import type { LockName } from './database.ts';
import { QUOTA_LIST_NAME } from './migrations/usage-triggers-postgres.ts';

/**
 * What transactions lock. Several of one kind are named in one call, which takes them in one order; of several kinds,
 * blobs come before repositories, rules after both, then the list of quotas and then quotas. So nobody waits in a circle.
 * Behind all of them come the locks that triggers of the database take (`migrations/usage-triggers-postgres.ts`).
 * (Contents of manifests may come at any time: only garbage collection has them exclusively, and it waits for nobody.)
 *
 * | who | repository | blob | manifest content |
 * |---|---|---|---|
 * | pushes a manifest, sets a tag | shared | | shared |
 * | links a blob (push, mount) | shared | shared | |
 * | records a copy of a blob | shared | exclusive | |
 * | deletes a tag, a manifest, a link | exclusive | | |
 * | garbage collection, of what it forgets | exclusive | exclusive | exclusive |
 */
export function repositoryLock(name: RepositoryName): LockName {
  return `repository ${name}` as LockName;
}

/** What administrators decide about repositories: shared by whoever decides by it, exclusive to whoever changes it. */
export function rulesLock(): LockName {
  return 'rules' as LockName;
}

/** The row that says where the bytes of a blob lie. */
export function blobLock(digest: Digest): LockName {
  return `blob ${digest}` as LockName;
}

/** The bytes of a manifest, which repositories share. */
export function manifestContentLock(digest: Digest): LockName {
  return `manifest ${digest}` as LockName;
}

/** How many upload sessions a principal has open. */
export function uploadsLock(principalId: string): LockName {
  return `uploads ${principalId}` as LockName;
}

/** How many sessions a principal has. */
export function sessionsLock(principalId: string): LockName {
  return `sessions ${principalId}` as LockName;
}

/** Accounts and grants, for changes that depend on others: who is the last administrator, what was granted before. */
export function accountsLock(): LockName {
  return 'accounts' as LockName;
}

/** What the first start makes once: the administrator, the key of bearer tokens. */
export function firstStartLock(): LockName {
  return 'first start' as LockName;
}

/** One connection to another registry. Nothing else is locked with it. */
export function connectionLock(id: string): LockName {
  return `connection ${id}` as LockName;
}

/** The end of the chain of audit rows. Nothing else is locked with it. */
export function auditChainLock(): LockName {
  return 'audit chain' as LockName;
}

/**
 * Which quotas there are, and who counts for them: shared by whoever changes what a repository holds (the triggers see to
 * that), exclusive to whoever makes, changes or removes a quota.
 */
export function quotaListLock(): LockName {
  return QUOTA_LIST_NAME as LockName;
}

/** What is left of a quota: shared by those who take so little that all of them together cannot pass it. */
export function quotaLock(id: number): LockName {
  return `quota ${id}` as LockName;
}
