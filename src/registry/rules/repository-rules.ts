import type { Actor } from '../../metadata/actor.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Tag } from '../../oci/tag.ts';
import type { Rule, RuleKind, RuleOf } from './rule.ts';

/** A tag that is to be made (`from` is `null`), moved or deleted (`to` is `null`). */
export interface AskedMove {
  readonly tag: Tag;
  readonly from: Digest | null;
  readonly to: Digest | null;
  readonly actor: Actor;
}

/** A manifest that is to be deleted, with all the tags that name it now. */
export interface AskedDeletion {
  readonly digest: Digest;
  readonly tags: readonly Tag[];
  readonly pushedAt: Date;
  readonly actor: Actor;
  readonly now: Date;
}

/**
 * The rules of one repository, as they are in one transaction. Nothing bypasses them: clients, administrators, plans,
 * policies, expiry and garbage collection all ask here, inside the transaction, about what it would do.
 *
 * The reasons are whole sentences, for whoever asked.
 */
export class RepositoryRules {
  readonly #rules: readonly Rule[];
  /** How long what is deleted can be restored, in seconds; 0: not at all. */
  readonly keepSeconds: number;
  /** Whether any rule may refuse anything: where none does, nobody needs to look further. */
  readonly protectsAnything: boolean;

  constructor(rules: readonly Rule[], defaultKeepSeconds: number) {
    this.#rules = rules;
    this.protectsAnything = rules.some(({ isProtection }) => isProtection);
    const keeping = this.of('trash').map(({ settings }) => settings.keepSeconds);
    this.keepSeconds = keeping.length === 0 ? defaultKeepSeconds : Math.max(...keeping);
  }

  /** Those of one kind, oldest first. */
  of<Kind extends RuleKind>(kind: Kind): readonly RuleOf<Kind>[] {
    return this.#rules.filter((rule) => rule.kind === kind) as unknown as readonly RuleOf<Kind>[];
  }

  /** Making a tag, and pushing again what it names, is always allowed. */
  whyNotMoveTag({ tag, from, to, actor }: AskedMove): string | undefined {
    if (from === null || from === to || !this.protectsAnything) return undefined;
    const verb = to === null ? 'deleted' : 'moved';
    const immutable = this.of('immutable').find((rule) => rule.tags(tag));
    if (immutable !== undefined) {
      return `tag ${tag} is immutable (rule ${immutable.id}): it names ${from} and cannot be ${verb}`;
    }
    const refusing = this.of('protected').find((rule) => rule.tags(tag) && !isOneOf(rule, actor));
    if (refusing !== undefined) {
      return `tag ${tag} is protected (rule ${refusing.id}): only ${namesOf(refusing)} may let it be ${verb}`;
    }
    return undefined;
  }

  /** About the manifest and its tags alone: what it is part of is asked by `whyNotDeleteManifest` of `kept.ts`. */
  whyNotDelete({ digest, tags, pushedAt, actor, now }: AskedDeletion): string | undefined {
    if (!this.protectsAnything) return undefined;
    const pinned = this.of('pinned').find(({ settings }) => settings.digest === digest);
    if (pinned !== undefined) return `manifest ${digest} is pinned (rule ${pinned.id})`;
    for (const tag of tags) {
      const reason = this.whyNotMoveTag({ tag, from: digest, to: null, actor });
      if (reason !== undefined) return reason;
    }
    const ageSeconds = (now.getTime() - pushedAt.getTime()) / 1000;
    const floor = this.of('age-floor').find(({ settings }) => ageSeconds < settings.seconds);
    if (floor === undefined) return undefined;
    const { seconds } = floor.settings;
    return `manifest ${digest} was pushed less than ${seconds} seconds ago, the floor on age (rule ${floor.id})`;
  }

  /** How long after a push a manifest with these tags ends; the shortest of what the rules say, in seconds. */
  expiresAfterSeconds(tags: readonly Tag[]): number | undefined {
    const ends = this.of('expire')
      .filter(({ settings, tags: has }) => settings.tags === undefined || (tags.length > 0 && tags.every(has)))
      .map(({ settings }) => settings.afterSeconds);
    return ends.length === 0 ? undefined : Math.min(...ends);
  }
}

function isOneOf({ settings }: RuleOf<'protected'>, actor: Actor): boolean {
  return settings.principals.some(({ id }) => id === actor.principalId);
}

function namesOf({ settings }: RuleOf<'protected'>): string {
  const names = settings.principals.map(({ kind, name }) => `${kind} ${name}`);
  return names.length === 0 ? 'nobody' : names.join(', ');
}
