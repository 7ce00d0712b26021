import type { Content } from '../support/image.ts';

/** A manifest that was pushed once, and all it names. */
export interface KnownManifest {
  readonly content: Content;
  readonly blobs: readonly Content[];
  readonly children: readonly string[];
  readonly subject?: string;
}

/** What went together, and may come back. */
export interface Deleted {
  readonly thing: { readonly tag?: string; readonly digest?: string };
  readonly at: number;
  readonly tags: ReadonlyMap<string, string>;
  readonly manifests: ReadonlySet<string>;
  /** What belonged to it and nothing else keeps: it follows, sooner or later, and comes back with it. */
  readonly orphans: ReadonlySet<string>;
  /** Of a whole repository, those that were fading then: they come back as that. */
  readonly fading: ReadonlySet<string>;
  /** Of a whole repository: which of its images ever had a tag. */
  readonly onceTagged: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();
const ALONE = { orphans: NONE, fading: NONE, onceTagged: NONE };

/** What one repository must hold, as simply as it can be said. */
export class RepositoryModel {
  readonly name: string;
  readonly tags = new Map<string, string>();
  /** Manifests that must be here. */
  readonly live = new Set<string>();
  /** Those that may be here or in the trash: nothing keeps them any more, and it is the registry's to say when they go. */
  readonly fading = new Set<string>();
  readonly known = new Map<string, KnownManifest>();
  /** Images of their own: they stay when what named them goes, even without their tags. */
  readonly #onceTagged = new Set<string>();
  /** Of those that fade, whom a policy took: it did so in an act of its own. */
  readonly #cleaned = new Set<string>();
  readonly trash: Deleted[] = [];

  constructor(name: string) {
    this.name = name;
  }

  pushed(manifest: KnownManifest, tag?: string): void {
    const { digest } = manifest.content;
    this.known.set(digest, manifest);
    this.live.add(digest);
    this.fading.delete(digest);
    this.#cleaned.delete(digest);
    if (tag === undefined) return;
    this.#onceTagged.add(digest);
    this.tags.set(tag, digest);
  }

  deletedTag(tag: string, at: number): void {
    const digest = this.tags.get(tag);
    if (digest === undefined) return;
    this.trash.push({ thing: { tag }, at, tags: new Map([[tag, digest]]), manifests: new Set([digest]), ...ALONE });
    this.tags.delete(tag);
  }

  deletedManifest(digest: string, at: number): void {
    const tags = new Map([...this.tags].filter(([, named]) => named === digest));
    for (const tag of tags.keys()) this.tags.delete(tag);
    this.live.delete(digest);
    this.fading.delete(digest);
    const before = new Set(this.fading);
    this.#fadeOrphans(digest);
    const orphans = new Set([...this.fading].filter((one) => !before.has(one)));
    this.trash.push({ thing: { digest }, at, tags, manifests: new Set([digest]), ...ALONE, orphans });
  }

  deletedRepository(at: number): void {
    this.trash.push({
      thing: {},
      at,
      tags: new Map(this.tags),
      manifests: new Set(this.live),
      orphans: NONE,
      fading: new Set(this.fading),
      onceTagged: new Set(this.#onceTagged),
    });
    this.#onceTagged.clear();
    this.tags.clear();
    this.live.clear();
    this.fading.clear();
  }

  /** Tags that exist by now stay where they are. */
  restored({ thing, tags, manifests, orphans, fading, onceTagged }: Deleted): void {
    for (const digest of onceTagged) this.#onceTagged.add(digest);
    // Nothing needs the manifest of a tag that is not restored.
    if (thing.tag !== undefined && this.tags.has(thing.tag)) {
      for (const digest of manifests) this.#mayComeBack(digest);
      return;
    }
    for (const digest of fading) if (!this.live.has(digest)) this.fading.add(digest);
    for (const digest of manifests) this.#bringBack(digest);
    for (const digest of orphans) if (this.fading.has(digest) && !this.#cleaned.has(digest)) this.#bringBack(digest);
    for (const [tag, digest] of tags) if (!this.tags.has(tag)) this.tags.set(tag, digest);
  }

  /** Whether another restoration may have brought it back, because what that restored needed it. */
  mayBeBack({ thing, manifests }: Deleted): boolean {
    if (thing.digest === undefined) return false;
    return [...manifests].every((digest) => this.live.has(digest) || this.fading.has(digest));
  }

  /** A policy took what nothing keeps. */
  cleaned(): void {
    const kept = this.#keptByTags();
    for (const digest of [...this.live, ...this.fading]) {
      if (kept.has(digest)) continue;
      this.#fade(digest);
      this.#cleaned.add(digest);
    }
  }

  /** Whether an index that is here names it. */
  isChild(digest: string): boolean {
    return [...this.live].some((one) => this.known.get(one)?.children.includes(digest));
  }

  /** Levels of indexes below it. */
  depthOf(digest: string): number {
    const children = this.known.get(digest)?.children ?? [];
    return children.length === 0 ? 0 : 1 + Math.max(...children.map((child) => this.depthOf(child)));
  }

  /** Manifests that are not here, whatever happens by itself. */
  gone(): readonly string[] {
    return [...this.known.keys()].filter((digest) => !this.live.has(digest) && !this.fading.has(digest));
  }

  #bringBack(digest: string): void {
    this.live.add(digest);
    this.fading.delete(digest);
    this.#cleaned.delete(digest);
    for (const child of this.known.get(digest)?.children ?? []) this.#mayComeBack(child);
    for (const [one, { subject }] of this.known) if (subject === digest) this.#mayComeBack(one);
  }

  /** It went in an act of its own; whether it is needed is the registry's to say. */
  #mayComeBack(digest: string): void {
    if (this.live.has(digest) || this.fading.has(digest)) return;
    this.fading.add(digest);
    for (const child of this.known.get(digest)?.children ?? []) this.#mayComeBack(child);
    for (const [one, { subject }] of this.known) if (subject === digest) this.#mayComeBack(one);
  }

  /** What belonged to a manifest that went, and that nothing else keeps. */
  #fadeOrphans(digest: string): void {
    const children = this.known.get(digest)?.children ?? [];
    const referrers = [...this.live].filter((one) => this.known.get(one)?.subject === digest);
    for (const orphan of [...children, ...referrers]) {
      if (this.live.has(orphan) && !this.#onceTagged.has(orphan) && !this.#isNamed(orphan)) this.#fade(orphan);
    }
  }

  #fade(digest: string): void {
    this.live.delete(digest);
    this.fading.add(digest);
    this.#fadeOrphans(digest);
  }

  #isNamed(digest: string): boolean {
    const subject = this.known.get(digest)?.subject;
    if (subject !== undefined && this.live.has(subject)) return true;
    return this.isChild(digest);
  }

  #keptByTags(): ReadonlySet<string> {
    const kept = new Set<string>();
    const keep = (digest: string): void => {
      // What may be gone keeps nothing.
      if (kept.has(digest) || !this.live.has(digest)) return;
      kept.add(digest);
      for (const child of this.known.get(digest)?.children ?? []) keep(child);
      for (const [one, { subject }] of this.known) if (subject === digest) keep(one);
    };
    for (const digest of this.tags.values()) keep(digest);
    return kept;
  }
}
