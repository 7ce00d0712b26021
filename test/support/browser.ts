import type { ServedEntry } from './served-entry.ts';

/** What a browser says of a request of one of our own pages; `fetch` says nothing of the kind. */
export const OWN_PAGE = { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' };

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly document: Readonly<Record<string, unknown>>;
}

/** A browser that shows a page of a registry: it keeps the cookie, and says whose page asks. */
export class Browser {
  readonly #entry: Pick<ServedEntry, 'send'>;
  #cookie: string | undefined;

  constructor(entry: Pick<ServedEntry, 'send'>) {
    this.#entry = entry;
  }

  /** `name=value`, as it is sent. */
  get cookie(): string {
    if (this.#cookie === undefined) throw new Error('this browser has no cookie');
    return this.#cookie;
  }

  /** The secret in the cookie. */
  get secret(): string {
    return this.cookie.slice(this.cookie.indexOf('=') + 1);
  }

  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await this.#entry.send(path, {
      method,
      headers: {
        ...OWN_PAGE,
        'Content-Type': 'application/json',
        'User-Agent': 'a browser',
        ...(this.#cookie !== undefined && { Cookie: this.#cookie }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    this.#keep(response.headers);
    return { status: response.status, headers: response.headers, document: await documentOf(response) };
  }

  logIn(username: string, password: string): Promise<Answer> {
    return this.ask('POST', '/api/v1/session', { username, password });
  }

  /** Who it is logged in as; `null` is nobody. */
  async account(): Promise<Readonly<Record<string, unknown>> | null> {
    const { document } = await this.ask('GET', '/api/v1/session');
    return document['account'] as Readonly<Record<string, unknown>> | null;
  }

  #keep(headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      this.#cookie = line.includes('Max-Age=0') ? undefined : line.split(';', 1)[0];
    }
  }
}

async function documentOf(response: Response): Promise<Readonly<Record<string, unknown>>> {
  const text = await response.text();
  return text === '' ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>);
}
