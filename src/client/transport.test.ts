import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import { readFileSync } from 'node:fs';
import { documentOf, IMAGE_INDEX } from '../../test/support/image.ts';
import { removeFolder, temporaryFolder } from '../../test/support/folders.ts';
import { openOddRegistry } from '../../test/support/odd-registry.ts';
import { remoteRepository, type RemoteOptions } from '../../test/support/remote.ts';
import { makeCertificates } from '../composition/certificates.ts';
import type { RemoteManifest } from './manifests.ts';
import { LATEST } from './reference.ts';

const INDEX = documentOf(IMAGE_INDEX, { schemaVersion: 2, mediaType: IMAGE_INDEX, manifests: [] });

let folder: string;
let authorities: string;
let server: Bun.Server<undefined>;
let redirectsTo: string | undefined;

beforeAll(async () => {
  folder = temporaryFolder('tls');
  const made = await makeCertificates({ folder, names: ['localhost'] });
  authorities = readFileSync(made.authorityCertificate, 'utf8');
  server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    tls: { cert: readFileSync(made.certificate, 'utf8'), key: readFileSync(made.key, 'utf8') },
    fetch: () =>
      redirectsTo === undefined
        ? new Response(new Uint8Array(INDEX.bytes), { headers: { 'Content-Type': IMAGE_INDEX } })
        : new Response(null, { status: 307, headers: { Location: redirectsTo } }),
  });
});
afterAll(async () => {
  await server.stop(true);
  removeFolder(folder);
});

async function read(options: RemoteOptions, host = `localhost:${server.port}`): Promise<RemoteManifest | undefined> {
  return await remoteRepository(host, 'app', { scheme: 'https', ...options }).findManifest(LATEST);
}

describe('over https', () => {
  it('a certificate of an unknown authority is refused, at once, with what to do', () => {
    const pauses: number[] = [];
    expect(read({ pauses })).rejects.toThrow('name its file with --ca');
    expect(pauses).toEqual([]);
  });

  it('an authority that is named is believed, for the names of its certificates', async () => {
    expect(await read({ authorities })).toMatchObject({ digest: INDEX.digest });
    expect(read({ authorities }, `127.0.0.1:${server.port}`)).rejects.toThrow('its certificate is for other names');
  });

  it('everybody is believed where that is asked for', async () => {
    expect(await read({ isInsecure: true }, `127.0.0.1:${server.port}`)).toMatchObject({ digest: INDEX.digest });
  });

  it('a redirect to http is refused, and nobody is asked there', async () => {
    await using odd = await openOddRegistry((_, response) => void response.end());
    redirectsTo = `${odd.url}/v2/`;
    expect(read({ authorities })).rejects.toThrow('redirects out of https');
    redirectsTo = undefined;
    expect(odd.seen).toEqual([]);
  });

  it('a registry that does not speak TLS is told from one that is gone', async () => {
    await using odd = await openOddRegistry((_, response) => void response.end());
    expect(read({}, odd.host)).rejects.toThrow('cannot be reached');
  });
});
