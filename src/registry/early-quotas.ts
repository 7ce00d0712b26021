import type { Database } from '../metadata/database.ts';
import { findLinkedBlob } from '../metadata/links.ts';
import { findMatchingQuotas } from '../metadata/quota-members.ts';
import { listQuotas, listQuotasOf, type QuotaRow } from '../metadata/quotas.ts';
import { findRepositoryId } from '../metadata/repositories.ts';
import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';
import { NOTHING, refuseOverflow } from './quotas.ts';

/** How long it is remembered that there are no quotas at all: whoever sets the first one need not see it here at once. */
const REMEMBERED_MILLISECONDS = 10_000;

/**
 * Refuses bytes before they are sent, when they cannot fit: a client that pushes ten gigabytes should not hear of it at
 * the end. It holds nothing and may be wrong by then; what counts is decided when the blob is committed.
 */
export class EarlyQuotas {
  readonly #db: Database;
  readonly #now: () => Date;
  #noneUntil = 0;

  constructor(db: Database, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  /**
   * @param bytes of the blob, as far as they are known.
   * @param digest of the blob, if it is known: what is here already adds nothing.
   * @throws {QuotaExceededError}
   */
  async check(repository: RepositoryName, bytes: number, digest?: Digest): Promise<void> {
    if (this.#now().getTime() < this.#noneUntil) return;
    if ((await listQuotas(this.#db, 0, 1)).length === 0) {
      this.#noneUntil = this.#now().getTime() + REMEMBERED_MILLISECONDS;
      return;
    }
    const quotas = await this.#quotasOf(repository);
    if (quotas.length === 0) return;
    if (digest !== undefined && (await findLinkedBlob(this.#db, repository, digest)) !== undefined) return;
    for (const quota of quotas) refuseOverflow(quota, { ...NOTHING, bytes });
  }

  async #quotasOf(repository: RepositoryName): Promise<readonly QuotaRow[]> {
    const repositoryId = await findRepositoryId(this.#db, repository);
    if (repositoryId !== undefined) return listQuotasOf(this.#db, repositoryId);
    const quotas = [];
    for (const id of await findMatchingQuotas(this.#db, repository)) {
      quotas.push(...(await listQuotas(this.#db, id - 1, 1)));
    }
    return quotas;
  }
}
