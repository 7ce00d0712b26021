import {
  basicOf,
  bearerOf,
  type Fake,
  type FakeRequest,
  type FakeRight,
  FakeTokens,
  type FakeUser,
  unsignedJwt,
  userOf,
} from './fake.ts';
import { ociError } from './fake-oci.ts';

export interface FakeTokenServiceOptions {
  /** As challenges name it. */
  readonly service: string;
  /** Where it is, at the fake. */
  readonly path: string;
  readonly lifeSeconds: number;
}

interface Granted {
  readonly user: FakeUser | undefined;
  /** `team/app:pull` */
  readonly actions: ReadonlySet<string>;
}

/** A token service as Docker's registry has one beside it: its tokens say what they grant. */
export class FakeTokenService {
  readonly #fake: Fake;
  readonly #options: FakeTokenServiceOptions;
  readonly #tokens: FakeTokens<Granted>;

  constructor(fake: Fake, options: FakeTokenServiceOptions) {
    this.#fake = fake;
    this.#options = options;
    this.#tokens = new FakeTokens(fake.clock);
  }

  /** The answer to whoever asks for a token. Anybody gets one, which is good for what is public. */
  reply(request: FakeRequest): Response {
    const login = basicOf(request);
    const user = login === undefined ? undefined : userOf(this.#fake, login.secret, login.username);
    if (login !== undefined && user === undefined)
      return ociError(401, 'UNAUTHORIZED', 'incorrect username or password');
    const access = request.query.getAll('scope').map((scope) => this.#grantedBy(scope, user));
    const actions = access.flatMap(({ name, actions: of }) => of.map((action) => `${name}:${action}`));
    const exp = Math.floor(this.#fake.clock.now() / 1000) + this.#options.lifeSeconds;
    const text = unsignedJwt({ sub: user?.username ?? '', exp, access });
    const token = this.#tokens.issue({ user, actions: new Set(actions) }, this.#options.lifeSeconds, text);
    return Response.json({ token, expires_in: this.#options.lifeSeconds });
  }

  /** Refuses what the token of a request does not grant. */
  readonly refuse = (request: FakeRequest, right: FakeRight, repository?: string): Response | undefined => {
    const granted = this.#tokens.find(bearerOf(request));
    const action = right === 'list' ? 'catalog:*' : `${repository}:${right}`;
    if (granted !== undefined && (request.path === '/v2/' || granted.actions.has(action))) return undefined;
    const { host, url } = this.#fake;
    const { service, path } = this.#options;
    const scope = repository === undefined ? '' : `,scope="repository:${repository}:${right}"`;
    const error = granted === undefined ? '' : ',error="insufficient_scope"';
    return ociError(401, 'UNAUTHORIZED', `authentication required at ${host}`, {
      'WWW-Authenticate': `Bearer realm="${url}${path}",service="${service}"${scope}${error}`,
    });
  };

  #grantedBy(scope: string, user: FakeUser | undefined): { type: string; name: string; actions: readonly string[] } {
    const [type, rest] = [scope.slice(0, scope.indexOf(':')), scope.slice(scope.indexOf(':') + 1)];
    const colon = rest.lastIndexOf(':');
    const [name, wanted] = [rest.slice(0, colon), rest.slice(colon + 1).split(',')];
    if (type === 'registry') return { type, name, actions: user?.rights.has('list') === true ? wanted : [] };
    const isPublic = this.#fake.repositories.get(name)?.isPublic === true;
    const may = (action: string): boolean =>
      user?.rights.has(action as FakeRight) === true || (isPublic && action === 'pull');
    return { type, name, actions: wanted.filter(may) };
  }
}
