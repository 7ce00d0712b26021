import type { BudgetGauge } from '../../egress/upstream-http.ts';
import type { ImageView } from '../../oci/image-view.ts';
import type {
  Account,
  ImageReader,
  Page,
  PageRequest,
  RemoteReferrer,
  RemoteRepositorySummary,
  RemoteTag,
} from '../../providers/account.ts';
import { ProviderError } from '../../providers/provider-error.ts';
import type { Connection } from '../connection.ts';
import type { Connections } from '../connections.ts';
import { AnswerCache } from './answer-cache.ts';

export interface BrowsingParts {
  readonly connections: Pick<Connections, 'look'>;
  readonly now: () => Date;
}

export interface Look {
  /** Asks the registry, whatever it said a moment ago. */
  readonly isFresh: boolean;
  readonly signal: AbortSignal;
}

export interface Looked<Answer> {
  readonly answer: Answer;
  /** What is left of what the registry lets us ask; `undefined`: it does not say. */
  readonly gauge: BudgetGauge | undefined;
}

/** A registry of many pages that all have nothing of what is searched is not read to its end at once. */
const MAX_PAGES_OF_NOTHING = 20;

/** What is in connected registries, as their accounts see it. Whoever asks may read the connection. */
export class Browsing {
  readonly #parts: BrowsingParts;
  readonly #cache: AnswerCache;

  constructor(parts: BrowsingParts) {
    this.#parts = parts;
    this.#cache = new AnswerCache({ now: () => parts.now().getTime() });
  }

  /** @throws {ProviderError} */
  async repositories(
    connection: Connection,
    page: PageRequest,
    look: Look,
  ): Promise<Looked<Page<RemoteRepositorySummary>>> {
    return await this.#look(connection, { question: ['repositories', page], look }, async (account) =>
      searched(page, async (wanted) => await account.repositories(wanted, look.signal)),
    );
  }

  /** @throws {ProviderError} */
  async tags(
    connection: Connection,
    { repository, ...page }: PageRequest & { readonly repository: string },
    look: Look,
  ): Promise<Looked<Page<RemoteTag>>> {
    return await this.#look(connection, { question: ['tags', repository, page], look }, async (account) =>
      hinted(repository, async () =>
        searched(page, async (wanted) => await account.tags(repository, wanted, look.signal)),
      ),
    );
  }

  /** @throws {ProviderError} */
  async image(
    connection: Connection,
    { repository, tagOrDigest }: { readonly repository: string; readonly tagOrDigest: string },
    look: Look,
  ): Promise<Looked<ImageView | undefined>> {
    return await this.#look(connection, { question: ['image', repository, tagOrDigest], look }, async (account) => {
      const reader = readerIn(account, connection);
      return await hinted(repository, async () => await reader.image(repository, tagOrDigest, look.signal));
    });
  }

  /** @throws {ProviderError} */
  async referrers(
    connection: Connection,
    { repository, digest, ...page }: PageRequest & { readonly repository: string; readonly digest: string },
    look: Look,
  ): Promise<Looked<Page<RemoteReferrer>>> {
    return await this.#look(
      connection,
      { question: ['referrers', repository, digest, page], look },
      async (account) => {
        const reader = readerIn(account, connection);
        return await hinted(repository, async () => await reader.referrers(repository, digest, page, look.signal));
      },
    );
  }

  async #look<Answer>(
    connection: Connection,
    { question, look }: { readonly question: unknown; readonly look: Look },
    ask: (account: Account) => Promise<Answer>,
  ): Promise<Looked<Answer>> {
    const { connections } = this.#parts;
    const { account, gauge } = await connections.look(connection.id);
    const cached = { owner: account, question, isFresh: look.isFresh };
    const answer = await this.#cache.get(cached, async () => await ask(account));
    return { answer, gauge: gauge() };
  }
}

/** @throws {ProviderError} `unsupported` */
function readerIn({ reader }: Account, { url }: Connection): ImageReader {
  if (reader !== undefined) return reader;
  throw new ProviderError('unsupported', `Images of ${url} cannot be read with this login.`);
}

/** Many registries refuse what is not there as they refuse what is not for us: whoever asks is told of both. */
async function hinted<Answer>(repository: string, look: () => Promise<Answer>): Promise<Answer> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof ProviderError) || !['forbidden', 'wrong-credentials'].includes(error.diagnosis)) throw error;
    const { diagnosis, message, status, retryAt } = error;
    const hint = `Some registries say so of what does not exist, too: ${repository} may not be there, or not be visible to this login.`;
    throw new ProviderError(diagnosis, `${message} ${hint}`, {
      cause: error,
      ...(status !== undefined && { status }),
      ...(retryAt !== undefined && { retryAt }),
    });
  }
}

/** Where the registry cannot search, what it gives is searched here: pages may be short, and none is empty but the last. */
async function searched<Item extends { readonly name: string }>(
  page: PageRequest,
  read: (page: PageRequest) => Promise<Page<Item>>,
): Promise<Page<Item>> {
  const { search = '' } = page;
  if (search === '') return await read(page);
  const wanted = search.toLowerCase();
  let found = await read(page);
  for (let pages = 1; ; pages += 1) {
    const items = found.items.filter(({ name }) => name.toLowerCase().includes(wanted));
    const { next } = found;
    // Of what is left out, the total tells nothing.
    if (items.length > 0 || next === undefined || pages >= MAX_PAGES_OF_NOTHING) {
      return { items, ...(next !== undefined && { next }) };
    }
    found = await read({ ...page, after: next });
  }
}
