import type { Digest } from '../../oci/digest.ts';
import type { RepositoryRuleRow } from '../../metadata/repository-rules.ts';
import { parseRepositoryPattern, type RepositoryPattern } from '../../oci/repository-pattern.ts';
import { parseTagPattern, type TagPattern } from '../../oci/tag-pattern.ts';

/** What the column `settings` has, for each kind. Checked when a rule is made: see `api/rules/`. */
export interface RuleSettings {
  /** Tags that stay where they are once they are made. */
  readonly immutable: { readonly tags: readonly string[]; readonly except: readonly string[] };
  /** Tags that only these principals may move or delete. */
  readonly protected: { readonly tags: readonly string[]; readonly principals: readonly RulePrincipal[] };
  /** A manifest that stays. */
  readonly pinned: { readonly digest: Digest };
  /** Manifests that were pushed less than so long ago stay. */
  readonly 'age-floor': { readonly seconds: number };
  /** How long what was deleted can be restored; 0: not at all. */
  readonly trash: { readonly keepSeconds: number };
  /** Manifests end so long after they were pushed; with `tags`: those that have such tags, and no other. */
  readonly expire: { readonly afterSeconds: number; readonly tags?: readonly string[] | undefined };
}

export type RuleKind = keyof RuleSettings;

/** Bound to the id, which is never given again; the name is for people. */
export interface RulePrincipal {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
}

/** A rule that was read, ready to decide. */
export type Rule = { readonly [Kind in RuleKind]: RuleOf<Kind> }[RuleKind];

export interface RuleOf<Kind extends RuleKind> {
  readonly id: number;
  readonly kind: Kind;
  readonly pattern: RepositoryPattern;
  readonly settings: RuleSettings[Kind];
  /** What `settings.tags` has; every tag where there are none. */
  readonly tags: TagSet;
  /** Whether deleting or moving something may be refused by it. */
  readonly isProtection: boolean;
}

export type TagSet = (tag: string) => boolean;

const PROTECTIONS: readonly RuleKind[] = ['immutable', 'protected', 'pinned', 'age-floor'];

export function ruleOf(row: RepositoryRuleRow): Rule {
  // Only `api/rules/` writes these rows, and it has checked them.
  const settings = JSON.parse(row.settings) as { tags?: readonly string[]; except?: readonly string[] };
  return {
    id: row.id,
    kind: row.kind,
    pattern: parseRepositoryPattern(row.pattern),
    settings,
    tags: tagSet(settings),
    isProtection: PROTECTIONS.includes(row.kind as RuleKind),
  } as unknown as Rule;
}

function tagSet({ tags = ['*'], except = [] }: { tags?: readonly string[]; except?: readonly string[] }): TagSet {
  const wanted = tags.map(parseTagPattern);
  const unwanted = except.map(parseTagPattern);
  return (tag) => hasTag(wanted, tag) && !hasTag(unwanted, tag);
}

function hasTag(patterns: readonly TagPattern[], tag: string): boolean {
  return patterns.some((pattern) => pattern.matches(tag));
}
