import type { Digest } from '../oci/digest.ts';
import type { RepositoryName } from '../oci/repository-name.ts';

/** Manifests of one repository that a collection would delete. */
export interface GoneFrom {
  readonly repositoryId: number;
  readonly repository: RepositoryName;
  readonly digests: Set<Digest>;
  /** How long they could be restored, in seconds. */
  keepSeconds: number;
  unlinksBefore: Date;
}

/** Manifests that a collection would delete, each once. */
export class ForeseenManifests {
  readonly #byRepository = new Map<number, GoneFrom>();

  of(repositoryId: number, repository: RepositoryName): GoneFrom {
    const known = this.#byRepository.get(repositoryId);
    if (known !== undefined) return known;
    const made = { repositoryId, repository, digests: new Set<Digest>(), keepSeconds: 0, unlinksBefore: new Date(0) };
    this.#byRepository.set(repositoryId, made);
    return made;
  }

  get repositories(): readonly GoneFrom[] {
    return [...this.#byRepository.values()];
  }

  get size(): number {
    return this.repositories.reduce((sum, { digests }) => sum + digests.size, 0);
  }
}
