import type { Identity } from '../../auth/identity.ts';
import { findRepositorySummary, type RepositorySummary } from '../../metadata/repository-list.ts';
import { parseDigest } from '../../oci/digest.ts';
import { DeletionDisabledError, NameUnknownError } from '../../oci/errors.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import type { TagOrDigest } from '../../oci/tag-or-digest.ts';
import { parseTag } from '../../oci/tag.ts';
import { deleteCascade, foreseeCascade, type Cascade } from '../../registry/cascading-deletion.ts';
import {
  listRepositoryPage,
  type RepositoryPageRequest,
  type RepositoryPosition,
} from '../../registry/repository-pages.ts';
import { endpoint, type AdminCall, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { bareEntryDocument, restorationDocument, trashPage } from '../trash/documents.ts';
import { restored, targetOf } from '../trash/handlers.ts';
import {
  deleteContent,
  deleteRepository,
  foreseeDeletion,
  listRepositories,
  listRepositoryTrash,
  restoreInRepository,
  showRepository,
  type Deletion,
  type Repository,
} from './contract.ts';

type RepositoryParts = Pick<AdminParts, 'database' | 'deletions' | 'trash' | 'isDeletionEnabled'>;

export function repositoryEndpoints(parts: RepositoryParts): readonly Endpoint[] {
  const { database, deletions, trash } = parts;
  return [
    endpoint(listRepositories, async ({ sort, after, q, ...asked }, { identity, signal }) => {
      const part = q.toLowerCase();
      const page = await listRepositoryPage(database, {
        ...asked,
        order: sort,
        after: after === undefined ? undefined : readPosition(sort, after),
        isWanted: (name) => name.includes(part) && identity.mayList(name),
        signal,
      });
      return {
        repositories: page.repositories.map((one) => documentOf(one, identity)),
        isComplete: page.isComplete,
        next: page.next === undefined ? null : writePosition(sort, page.next),
      };
    }),
    endpoint(showRepository, async ({ repository }, { identity }) => {
      const name = parseRepositoryName(repository);
      const found = await findRepositorySummary(database, name);
      if (found === undefined) throw new NameUnknownError(name);
      return { repository: documentOf(found, identity) };
    }),
    endpoint(deleteRepository, async ({ repository }, call) => {
      refuseDisabled(parts, call);
      const entry = await deletions.deleteRepository(parseRepositoryName(repository), call.actor);
      return { trash: bareEntryDocument(entry) };
    }),
    endpoint(foreseeDeletion, async ({ repository, ...reference }) => {
      const name = parseRepositoryName(repository);
      return deletionDocument(name, await foreseeCascade(database, name, referenceOf(reference)));
    }),
    endpoint(deleteContent, async ({ repository, ...reference }, call) => {
      refuseDisabled(parts, call);
      const name = parseRepositoryName(repository);
      const wanted = { repository: name, reference: referenceOf(reference), actor: call.actor };
      const deleted = await deleteCascade({ db: database, deletions }, wanted);
      return { ...deletionDocument(name, deleted), trash: bareEntryDocument(deleted.trash) };
    }),
    ...trashOfRepositoryEndpoints(trash),
  ];
}

function trashOfRepositoryEndpoints(trash: RepositoryParts['trash']): readonly Endpoint[] {
  return [
    endpoint(listRepositoryTrash, ({ repository, after, limit }) =>
      trashPage(trash, { repository: parseRepositoryName(repository) }, { after, limit }),
    ),
    endpoint(restoreInRepository, async ({ repository, id, tag, digest }, { actor }) => {
      const target = targetOf(id === undefined ? { repository, tag, digest } : { id, tag, digest });
      const report = await restored(() => trash.restore(target, actor, parseRepositoryName(repository)));
      return restorationDocument(report);
    }),
  ];
}

/** An operator who lets no client delete means everybody but administrators. */
function refuseDisabled({ isDeletionEnabled }: RepositoryParts, { identity }: AdminCall): void {
  if (!isDeletionEnabled && !identity.isAdministrator) throw new DeletionDisabledError();
}

interface ReferenceInput {
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
}

function referenceOf({ tag, digest }: ReferenceInput): TagOrDigest {
  if (tag !== undefined && digest === undefined) return { tag: parseTag(tag) };
  if (digest !== undefined && tag === undefined) return { digest: parseDigest(digest) };
  throw new ProblemError(400, 'INPUT_INVALID', 'Say one of: tag, digest.');
}

function deletionDocument(repository: string, { tag, manifests }: Cascade): Deletion {
  return {
    repository,
    tag: tag?.tag ?? null,
    manifests: manifests.map((manifest) => ({
      digest: manifest.digest,
      reason: manifest.reason,
      with: manifest.with ?? null,
      tags: [...manifest.tags],
    })),
  };
}

function documentOf({ createdAt, pushedAt, pulledAt, ...summary }: RepositorySummary, identity: Identity): Repository {
  return {
    ...summary,
    createdAt: new Date(createdAt).toISOString(),
    pushedAt: timeOf(pushedAt),
    pulledAt: timeOf(pulledAt),
    actions: (['pull', 'push', 'delete'] as const).filter((action) => identity.allows(action, summary.name)),
  };
}

function timeOf(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}

type Order = RepositoryPageRequest['order'];

function writePosition(order: Order, { value, name }: RepositoryPosition): string {
  return order === 'name' ? name : `${value} ${name}`;
}

/** @throws {ProblemError} */
function readPosition(order: Order, text: string): RepositoryPosition {
  if (order === 'name') return { value: 0, name: text };
  const match = /^(\d{1,16}) (.+)$/.exec(text);
  if (match === null) throw new ProblemError(400, 'INPUT_INVALID', 'after: it is no `next` of a page of this order.');
  return { value: Number(match[1]), name: match[2] ?? '' };
}
