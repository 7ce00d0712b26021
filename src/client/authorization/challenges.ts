/** One way to prove who one is, as a `WWW-Authenticate` header offers it. */
export interface Challenge {
  /** Lowercase: `basic`, `bearer`. */
  readonly scheme: string;
  /** By lowercase name: `realm`, `service`, `scope`, `error`. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Longer ones are nobody's: not read any further. */
const MAX_HEADER_CHARACTERS = 16 * 1024;

const SCHEME = /[ \t,]*([!#$%&'*+.^_`|~\w-]+)(?:[ \t]+|$|(?=,))/y;
const PARAMETER = /[ \t,]*([!#$%&'*+.^_`|~\w-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/y;

/**
 * Reads `WWW-Authenticate`: several challenges may stand in one header, and in several headers, which fetch joins with
 * commas. What cannot be read ends the list.
 *
 * @see RFC 9110 §11.6.1
 */
export function parseChallenges(header: string | null): readonly Challenge[] {
  const text = (header ?? '').slice(0, MAX_HEADER_CHARACTERS);
  const challenges: Challenge[] = [];
  let at = 0;
  for (;;) {
    const scheme = matchAt(SCHEME, text, at);
    if (scheme === undefined) return challenges;
    at = scheme.end;
    const parameters = new Map<string, string>();
    for (;;) {
      const parameter = matchAt(PARAMETER, text, at);
      if (parameter === undefined) break;
      at = parameter.end;
      const [name = '', quoted, bare = ''] = parameter.groups;
      if (!parameters.has(name.toLowerCase())) {
        parameters.set(name.toLowerCase(), quoted === undefined ? bare : quoted.replace(/\\(.)/g, '$1'));
      }
    }
    challenges.push({ scheme: (scheme.groups[0] ?? '').toLowerCase(), parameters });
  }
}

function matchAt(form: RegExp, text: string, at: number): { groups: (string | undefined)[]; end: number } | undefined {
  const sticky = new RegExp(form);
  sticky.lastIndex = at;
  const match = sticky.exec(text);
  return match === null ? undefined : { groups: match.slice(1), end: sticky.lastIndex };
}
