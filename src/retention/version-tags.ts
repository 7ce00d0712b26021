/** A whole semantic version, with or without `v`. What `1.2` names changes: it is not a version. */
const VERSION = /^v?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:[_+][0-9A-Za-z.-]+)?)$/;

/**
 * The semantic version a tag is, without its `v`. Tags cannot hold the `+` of build metadata: helm writes `_` for it.
 *
 * @see https://semver.org
 */
export function versionOf(tag: string): string | undefined {
  return VERSION.exec(tag)?.[1]?.replace('_', '+');
}

/** The highest version among the tags. */
export function highestVersion(tags: readonly string[]): string | undefined {
  let highest: string | undefined;
  for (const tag of tags) {
    const version = versionOf(tag);
    if (version === undefined) continue;
    if (highest === undefined || Bun.semver.order(version, highest) > 0) highest = version;
  }
  return highest;
}
