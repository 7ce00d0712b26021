import type { Content } from '../support/image.ts';
import { locationOf, RegistryClient } from '../support/registry-client.ts';
import type { DataSet, Referrer } from './data-sets.ts';
import { expectBody, expectContent, expectHeader, expectStatus, expectThat } from './expectations.ts';
import type { Report } from './report.ts';

const REPOSITORY = 'conformance/one';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const ACCEPT = { accept: 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json' };

/** Pushes a data set, asks for it in every way, and deletes it again. */
export async function checkDataSet(report: Report, client: RegistryClient, set: DataSet): Promise<void> {
  const checks = new DataSetChecks(report, client, set);
  await checks.push();
  await checks.list();
  await checks.pull();
  await checks.referrers();
  await checks.delete();
}

class DataSetChecks {
  readonly #report: Report;
  readonly #client: RegistryClient;
  readonly #set: DataSet;

  constructor(report: Report, client: RegistryClient, set: DataSet) {
    this.#report = report;
    this.#client = client;
    this.#set = set;
  }

  async push(): Promise<void> {
    const { blobs, manifests, tags, tagging } = this.#set;
    for (const blob of blobs) {
      await this.#check(`blob ${short(blob)}: push`, async () => await this.#client.pushBlob(REPOSITORY, blob));
    }
    for (const manifest of manifests) {
      const parameters = tagging === 'parameter' ? tagsOf(this.#set, manifest) : [];
      await this.#check(`manifest ${short(manifest)}: push by digest`, async () => {
        const query = parameters.length === 0 ? '' : `?${parameters.map((tag) => `tag=${tag}`).join('&')}`;
        const reply = await this.#put(manifest, manifest.digest, query);
        const accepted = (reply.headers.get('oci-tag') ?? '').split(',').map((tag) => tag.trim());
        for (const tag of parameters)
          expectThat(accepted.includes(tag), `OCI-Tag is ${accepted.join()} without ${tag}`);
      });
    }
    for (const [tag, manifest] of tagging === 'parameter' ? [] : tags) {
      await this.#check(`manifest ${short(manifest)}: push as ${tag}`, async () => {
        await this.#put(manifest, tag, '');
      });
    }
  }

  async list(): Promise<void> {
    await this.#check('tags/list', async () => {
      const all = await this.#client.tags(REPOSITORY);
      const missing = [...this.#set.tags.keys()].filter((tag) => !all.includes(tag));
      expectThat(missing.length === 0, `without ${missing.join()}`);
      expectThat(all.join() === [...all].sort().join(), `not in order: ${all.join()}`);
    });
    await this.#check('tags/list?last=', async () => {
      const all = await this.#client.tags(REPOSITORY);
      const middle = Math.floor(all.length / 2);
      const last = all[middle - 1];
      if (last === undefined) return;
      const reply = await this.#client.send('GET', `/v2/${REPOSITORY}/tags/list?last=${last}`);
      await expectStatus(reply, 200);
      const { tags }: { tags: string[] } = JSON.parse(await reply.text());
      expectThat(tags.join() === all.slice(middle).join(), `after ${last}: ${tags.join()} of ${all.join()}`);
    });
  }

  async pull(): Promise<void> {
    const { blobs, manifests, tags } = this.#set;
    const named = [...manifests.map((manifest) => [manifest.digest, manifest] as const), ...tags];
    for (const method of ['HEAD', 'GET'] as const) {
      for (const [tagOrDigest, manifest] of named) {
        await this.#check(`${method} manifest ${tagOrDigest.slice(0, 19)}`, async () => {
          const path = `/v2/${REPOSITORY}/manifests/${tagOrDigest}`;
          const reply = await this.#client.send(method, path, { headers: ACCEPT });
          await expectContent(reply, manifest, method);
          expectHeader(reply, 'content-type', manifest.mediaType);
        });
      }
      for (const blob of blobs) {
        await this.#check(`${method} blob ${short(blob)}`, async () => {
          await expectContent(await this.#client.send(method, `/v2/${REPOSITORY}/blobs/${blob.digest}`), blob, method);
        });
      }
    }
  }

  async referrers(): Promise<void> {
    for (const [subject, expected] of this.#set.referrers ?? []) {
      await this.#check('referrers', async () => {
        const { listed } = await this.#referrers(subject, '');
        for (const referrer of expected)
          expectThat(isListed(listed, referrer), `${referrer.digest} is not as it should be`);
      });
      for (const type of new Set(expected.map(({ artifactType }) => artifactType ?? ''))) {
        await this.#check(`referrers of type ${type}`, async () => {
          const { listed, filters } = await this.#referrers(subject, `?artifactType=${encodeURIComponent(type)}`);
          expectThat(filters.includes('artifactType'), `OCI-Filters-Applied is ${filters.join()}`);
          for (const referrer of expected.filter(({ artifactType }) => artifactType === type)) {
            expectThat(isListed(listed, referrer), `${referrer.digest} is not as it should be`);
          }
          const other = listed.filter(({ artifactType }) => artifactType !== type);
          expectThat(other.length === 0, `${other.length} of another type`);
        });
      }
    }
  }

  /** Tags, then manifests from the outside in, then blobs: each is gone at once. */
  async delete(): Promise<void> {
    const { blobs, manifests, tags } = this.#set;
    const paths = [
      ...[...tags.keys()].map((tag) => `manifests/${tag}`),
      ...manifests.map(({ digest }) => `manifests/${digest}`).toReversed(),
      ...new Set(blobs.map(({ digest }) => `blobs/${digest}`)),
    ];
    for (const path of paths) {
      await this.#check(`DELETE ${path.slice(0, 26)}`, async () => {
        await expectStatus(await this.#client.send('DELETE', `/v2/${REPOSITORY}/${path}`), 202);
        await expectStatus(await this.#client.send('HEAD', `/v2/${REPOSITORY}/${path}`), 404);
      });
    }
    for (const subject of this.#set.referrers?.keys() ?? []) {
      await this.#check('no referrers any more', async () => {
        const { listed } = await this.#referrers(subject, '');
        expectThat(listed.length === 0, `${listed.length} are left`);
      });
    }
  }

  async #put(manifest: Content, tagOrDigest: string, query: string): Promise<Response> {
    const reply = await this.#client.send('PUT', `/v2/${REPOSITORY}/manifests/${tagOrDigest}${query}`, {
      body: manifest.bytes,
      headers: { 'content-type': manifest.mediaType },
    });
    await expectStatus(reply, 201);
    await reply.arrayBuffer();
    expectHeader(reply, 'docker-content-digest', manifest.digest);
    const subject = subjectOf(manifest);
    if (subject !== undefined) expectHeader(reply, 'oci-subject', subject);
    const found = await this.#client.send('GET', locationOf(reply), { headers: ACCEPT });
    await expectStatus(found, 200);
    expectHeader(found, 'content-type', manifest.mediaType);
    await expectBody(found, manifest.bytes);
    return reply;
  }

  async #referrers(subject: string, query: string): Promise<{ listed: Referrer[]; filters: string[] }> {
    const reply = await this.#client.send('GET', `/v2/${REPOSITORY}/referrers/${subject}${query}`);
    await expectStatus(reply, 200);
    expectHeader(reply, 'content-type', INDEX);
    const index: { schemaVersion: number; mediaType: string; manifests: Referrer[] } = JSON.parse(await reply.text());
    expectThat(index.schemaVersion === 2 && index.mediaType === INDEX, 'not an OCI index');
    const filters = (reply.headers.get('oci-filters-applied') ?? '').split(',').map((filter) => filter.trim());
    return { listed: index.manifests, filters };
  }

  async #check(name: string, work: () => Promise<void>): Promise<void> {
    await this.#report.check(`${this.#set.name}: ${name}`, work);
  }
}

function isListed(listed: readonly Referrer[], expected: Referrer): boolean {
  return listed.some(
    (referrer) =>
      referrer.digest === expected.digest &&
      referrer.mediaType === expected.mediaType &&
      referrer.size === expected.size &&
      referrer.artifactType === expected.artifactType &&
      JSON.stringify(referrer.annotations ?? {}) === JSON.stringify(expected.annotations ?? {}),
  );
}

function tagsOf(set: DataSet, manifest: Content): string[] {
  return [...set.tags].filter(([, tagged]) => tagged === manifest).map(([tag]) => tag);
}

function subjectOf(manifest: Content): string | undefined {
  const document: { subject?: { digest: string } } = JSON.parse(new TextDecoder().decode(manifest.bytes));
  return document.subject?.digest;
}

function short({ digest }: Content): string {
  return digest.slice(0, 15);
}
