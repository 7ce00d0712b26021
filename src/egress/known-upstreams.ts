import { Upstream, type UpstreamMeans } from './upstream.ts';

/** For whom an upstream is asked: what its answers say is believed for these requests, and for no others. */
export interface Asker {
  /** Host of the registry that somebody connected. */
  readonly registry: string;
  /** As whom; `undefined`: as this machine. */
  readonly account: string | undefined;
}

/** Where a request goes. */
export interface Called {
  readonly url: URL;
  /** Whether an answer named it, and nothing that says who asks is sent there. */
  readonly isElsewhere: boolean;
}

/** Facts about more upstreams than this are forgotten, the longest unused ones first. */
const MOST_UPSTREAMS = 1000;
/** Whoever sends us to more hosts than a registry has makes us forget facts about these alone. */
const MOST_OF_ONE_ASKER = 16;

/** The upstreams that were asked, apart for each asker. */
export class KnownUpstreams {
  readonly #means: UpstreamMeans;
  /** By asker, then by upstream; the longest unused first. */
  readonly #byAsker = new Map<string, Map<string, Upstream>>();
  #count = 0;

  constructor(means: UpstreamMeans) {
    this.#means = means;
  }

  /** The same one for the same asker and host. */
  of(asker: Asker, called: Called): Upstream {
    const name = nameOf(asker);
    const theirs = this.#byAsker.get(name) ?? new Map<string, Upstream>();
    putLast(this.#byAsker, name, theirs);
    const facts = { ...asker, isElsewhere: called.isElsewhere, upstream: nameOfUpstream(asker, called) };
    const known = theirs.get(facts.upstream);
    if (known === undefined) this.#count += 1;
    const upstream = known ?? new Upstream(facts, this.#means);
    putLast(theirs, facts.upstream, upstream);
    if (theirs.size > MOST_OF_ONE_ASKER) this.#forgetOne(theirs, upstream);
    if (this.#count > MOST_UPSTREAMS) this.#forgetOldest(upstream);
    return upstream;
  }

  all(): readonly Upstream[] {
    return [...this.#byAsker.values()].flatMap((theirs) => [...theirs.values()]);
  }

  #forgetOldest(except: Upstream): void {
    for (const [name, theirs] of this.#byAsker) {
      if (!this.#forgetOne(theirs, except)) continue;
      if (theirs.size === 0) this.#byAsker.delete(name);
      return;
    }
  }

  #forgetOne(theirs: Map<string, Upstream>, except: Upstream): boolean {
    for (const [name, upstream] of theirs) {
      if (upstream === except || !upstream.isIdle) continue;
      this.#count -= 1;
      return theirs.delete(name);
    }
    return false;
  }
}

function nameOf({ registry, account }: Asker): string {
  return account === undefined ? registry : `${registry} (${account})`;
}

/** Of no two askers the same: hosts have neither blanks nor brackets. */
function nameOfUpstream(asker: Asker, { url, isElsewhere }: Called): string {
  // Without TLS, anybody on the way may answer.
  const host = url.protocol === 'http:' && url.port === '' ? `${url.host}:80` : url.host;
  if (isElsewhere) return `${host}, where ${nameOf(asker)} sends us`;
  const name = nameOf({ ...asker, registry: host });
  return host === asker.registry ? name : `${name}, for ${asker.registry}`;
}

function putLast<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
}
