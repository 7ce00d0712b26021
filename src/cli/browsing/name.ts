/** What a person types for something in a registry: `[registry/]repository[:tag][@digest]`. */
export interface PlaceName {
  /** As it was typed, without the scheme. */
  readonly text: string;
  /** `http://` or `https://`, where somebody says so. */
  readonly scheme: string;
  /** What stands first and can only be a host; absent: it may be anything. */
  readonly host?: string;
  /** What stands behind the first slash, or all where there is none. */
  readonly rest: string;
  /** What stands before the first slash. */
  readonly head: string;
}

/** What is in a repository; empty: all of the registry. */
export interface Within {
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** A first part with a dot, a colon or a capital is no part of a name; alone, a colon may begin a tag. */
export function readName(typed: string): PlaceName {
  const [, scheme = '', text = ''] = /^(https?:\/\/|docker:\/\/)?(.*)$/s.exec(typed) ?? [];
  const slash = text.indexOf('/');
  const head = slash === -1 ? text : text.slice(0, slash);
  const rest = slash === -1 ? '' : text.slice(slash + 1);
  const looksLikeHost = slash === -1 ? /^[^:@]*\.[^:@]*(?::\d+)?$|^localhost(?::\d+)?$/ : /[.:A-Z]|^localhost$/;
  const isHost = (scheme !== '' && scheme !== 'docker://') || looksLikeHost.test(head);
  return { text, scheme, head, rest, ...(isHost && { host: head.toLowerCase() }) };
}

/** @param text `team/app:1.0@sha256:…` */
export function readWithin(text: string): Within {
  const at = text.indexOf('@');
  const named = at === -1 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(':');
  return {
    repository: (colon === -1 ? named : named.slice(0, colon)).replace(/\/$/, ''),
    ...(colon !== -1 && { tag: named.slice(colon + 1) }),
    ...(at !== -1 && { digest: text.slice(at + 1) }),
  };
}
