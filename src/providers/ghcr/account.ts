import type {
  Account,
  CheckReport,
  DeletionOutcome,
  DeletionRules,
  DeletionTarget,
  DockerLogin,
  ImageReader,
  Page,
  PageRequest,
  RemoteImage,
  RemoteRepositorySummary,
  RemoteTag,
} from '../account.ts';
import { OciReader } from '../oci/oci-reader.ts';
import { dateIn, present, textIn } from '../native/json-fields.ts';
import { pageOfMany } from '../page-of-many.ts';
import { ProviderError } from '../provider-error.ts';
import { checkGhcr } from './check.ts';
import { deleteFromGhcr } from './deletion.ts';
import { type GhcrOptions, GhcrSession } from './ghcr-session.ts';
import { imagesOf } from './images.ts';
import { versionOf } from './versions.ts';

/** Somebody at GitHub, and the packages that they see there. */
export class GhcrAccount implements Account {
  /** What is deleted is a version, with all its tags. One tag of several goes by pushing something else under it. */
  readonly deletion: DeletionRules = {
    tag: 'dummy',
    manifest: true,
    takesTags: true,
    wantsUntagged: false,
    batch: 1,
  };
  readonly reader: ImageReader;
  readonly #session: GhcrSession;

  constructor(options: GhcrOptions) {
    this.#session = new GhcrSession(options);
    this.reader = new OciReader(this.#session.registry);
  }

  async login(): Promise<DockerLogin> {
    const { username, secret } = this.#session.target;
    if (secret !== '') return { username, password: secret };
    throw new ProviderError('unsupported', 'ghcr.io is used without a username and a token here.');
  }

  async check({ repository }: { readonly repository?: string }, signal: AbortSignal): Promise<CheckReport> {
    return await checkGhcr(this.#session, repository, signal);
  }

  async repositories(page: PageRequest, signal: AbortSignal): Promise<Page<RemoteRepositorySummary>> {
    const { owner } = this.#session;
    if (owner === '') {
      throw new ProviderError('unsupported', 'Name a user or an organization behind the host, as in ghcr.io/owner.');
    }
    const root = await this.#session.rootOf(owner, signal);
    return await pageOfMany(page, async (native) => {
      const asked = { query: 'package_type=container&', native, doing: `listing the packages of ${owner}` };
      const { items, next } = await this.#session.page(`${root}/packages`, asked, signal);
      const found = items.flatMap((item): readonly RemoteRepositorySummary[] => {
        const name = textIn(item, 'name');
        if (name === undefined) return [];
        const [visibility, pushedAt] = [textIn(item, 'visibility'), dateIn(item, 'updated_at')];
        const isPublic = visibility === undefined ? undefined : visibility === 'public';
        return [{ name: `${owner}/${name}`, ...present({ isPublic, pushedAt }) }];
      });
      return { items: found, next };
    });
  }

  async tags(repository: string, page: PageRequest, signal: AbortSignal): Promise<Page<RemoteTag>> {
    const path = `${await this.#session.packageOf(repository, signal)}/versions`;
    return await pageOfMany(page, async (native) => {
      const asked = { query: '', native, doing: `listing the versions of ${repository}` };
      const { items, next } = await this.#session.page(path, asked, signal);
      const tags = items.flatMap((item): readonly RemoteTag[] => {
        const version = versionOf(item);
        if (version === undefined) return [];
        const { digest, pushedAt } = version;
        return version.tags.map((name) => ({ name, digest, ...present({ pushedAt }) }));
      });
      return { items: tags, next };
    });
  }

  images(repository: string, signal: AbortSignal): AsyncIterable<RemoteImage> {
    return imagesOf(this.#session, repository, signal);
  }

  delete(repository: string, targets: readonly DeletionTarget[], signal: AbortSignal): AsyncIterable<DeletionOutcome> {
    return deleteFromGhcr(this.#session, { repository, targets, signal });
  }
}
