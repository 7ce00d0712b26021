import { describe, expect, it } from 'bun:test';
import {
  contentOf,
  descriptorOf,
  digestOf,
  IMAGE_INDEX,
  IMAGE_LAYER,
  imageOf,
  randomBlob,
  type Content,
} from '../../test/support/image.ts';
import { RawConnection } from '../../test/support/raw-connection.ts';
import { withDigest } from '../../test/support/registry-client.ts';
import { newRepository, openRegistry, sharedRegistry } from '../../test/support/registry-under-test.ts';

/*
 * What registries get wrong most often, as their clients found out: one test for each, by its number in the list that
 * we keep. Each is tested more closely where its endpoint is.
 */
const registry = sharedRegistry({ auth: { challenge: { scheme: 'bearer' } } });
const OCTETS = { 'content-type': 'application/octet-stream' };

async function pushedImage(): Promise<{ repository: string; manifest: Content; layer: Content }> {
  const repository = newRepository();
  const layer = randomBlob(100);
  const image = imageOf([layer]);
  await registry().client.pushImage(repository, image, 'v1');
  return { repository, manifest: image.manifest, layer };
}

function header(reply: Response, name: string): string {
  return reply.headers.get(name) ?? '';
}

describe('interop', () => {
  it('interop 1: no Location names a scheme or a host, which behind a proxy would be the wrong ones', async () => {
    const { repository, manifest, layer } = await pushedImage();
    const { client } = registry();
    const proxied = { headers: { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'registry.example' } };
    const opened = await client.send('POST', `/v2/${repository}/blobs/uploads/`, proxied);
    const replies = [
      opened,
      await client.send('GET', header(opened, 'location'), proxied),
      await client.send('PATCH', header(opened, 'location'), { ...proxied, body: layer.bytes }),
      await client.send('PUT', withDigest(header(opened, 'location'), layer.digest), proxied),
      await client.send('POST', `/v2/${repository}/blobs/uploads/?mount=${layer.digest}&from=${repository}`, proxied),
      await client.send('PUT', `/v2/${repository}/manifests/v2`, {
        headers: { ...proxied.headers, 'content-type': manifest.mediaType },
        body: manifest.bytes,
      }),
    ];
    expect(replies.map(({ status }) => status)).toEqual([202, 204, 202, 201, 201, 201]);
    for (const reply of replies) expect(header(reply, 'location')).toMatch(/^\/v2\/[^/]/);
  });

  it('interop 2: the type of a manifest has no parameters', async () => {
    const { repository, manifest } = await pushedImage();
    await registry().client.expect(201, 'PUT', `/v2/${repository}/manifests/v2`, {
      headers: { 'content-type': `${manifest.mediaType}; charset=utf-8` },
      body: manifest.bytes,
    });
    for (const method of ['GET', 'HEAD']) {
      const reply = await registry().client.send(method, `/v2/${repository}/manifests/v2`);
      expect(header(reply, 'content-type')).toBe(manifest.mediaType);
    }
  });

  it('interop 3: HEAD has the real Content-Length, on the wire', async () => {
    const { repository, manifest, layer } = await pushedImage();
    using connection = await RawConnection.open(registry().url);
    for (const [path, size] of [
      [`manifests/v1`, manifest.bytes.byteLength],
      [`manifests/v1`, manifest.bytes.byteLength],
      [`blobs/${layer.digest}`, layer.bytes.byteLength],
    ] as const) {
      const authorization = `Authorization: ${registry().authorization}`;
      connection.write(`HEAD /v2/${repository}/${path} HTTP/1.1\r\nHost: havre\r\n${authorization}\r\n\r\n`);
      const reply = await connection.reply('HEAD');
      expect(reply?.status).toBe(200);
      expect(reply?.headers.get('content-length')).toBe(String(size));
      expect(reply?.headers.has('transfer-encoding')).toBe(false);
    }
  });

  it('interop 4: a body of many megabytes is taken, with and without a length', async () => {
    const repository = newRepository();
    const blob = randomBlob(20 * 1024 * 1024);
    const session = await registry().client.openUpload(repository);
    await registry().client.expect(202, 'PATCH', session, { body: new Blob([blob.bytes]).stream() });
    await registry().client.expect(201, 'PUT', withDigest(session, blob.digest));
    await registry().client.pushBlob(newRepository(), blob);
    const pulled = await registry().client.pullBlob(repository, blob.digest);
    expect(digestOf(pulled)).toBe(blob.digest);
  });

  it('interop 5: a PATCH that pauses is waited for', async () => {
    const repository = newRepository();
    const blob = randomBlob(1000);
    const session = await registry().client.openUpload(repository);
    using connection = await RawConnection.open(registry().url);
    connection.write(
      `PATCH ${session} HTTP/1.1\r\nHost: havre\r\nAuthorization: ${registry().authorization}\r\nContent-Length: 1000\r\n\r\n`,
    );
    connection.write(blob.bytes.subarray(0, 400));
    // Other requests are answered meanwhile, the status of this session among them.
    expect((await registry().client.send('GET', session)).status).toBe(204);
    connection.write(blob.bytes.subarray(400));
    expect((await connection.reply())?.status).toBe(202);
    await registry().client.expect(201, 'PUT', withDigest(session, blob.digest));
  });

  it('interop 6: never answers Range: 0--1, nor one with a unit', async () => {
    const repository = newRepository();
    const opened = await registry().client.send('POST', `/v2/${repository}/blobs/uploads/`);
    const session = header(opened, 'location');
    const replies = [opened, await registry().client.send('GET', session)];
    for (const bytes of [new Uint8Array(), new Uint8Array(1), new Uint8Array(9)]) {
      replies.push(await registry().client.send('PATCH', session, { headers: OCTETS, body: bytes }));
      replies.push(await registry().client.send('GET', session));
    }
    const early = { headers: { 'content-range': '99-99' }, body: new Uint8Array(1) };
    replies.push(await registry().client.send('PATCH', session, early));
    const ranges = replies.map((reply) => header(reply, 'range'));
    expect(ranges).toEqual(['0-0', '0-0', '0-0', '0-0', '0-0', '0-0', '0-9', '0-9', '0-9']);
  });

  it('interop 7: referrers of an unknown digest are 200 and none', async () => {
    for (const repository of [newRepository(), (await pushedImage()).repository]) {
      const reply = await registry().client.send('GET', `/v2/${repository}/referrers/sha256:${'0'.repeat(64)}`);
      expect(reply.status).toBe(200);
      expect(header(reply, 'content-type')).toBe(IMAGE_INDEX);
      expect(await reply.json()).toEqual({ schemaVersion: 2, mediaType: IMAGE_INDEX, manifests: [] });
    }
  });

  it('interop 8: a push with a subject is answered with OCI-Subject', async () => {
    const { repository, manifest } = await pushedImage();
    const referrer = imageOf([], { subject: descriptorOf(manifest) });
    for (const blob of referrer.blobs) await registry().client.pushBlob(repository, blob);
    const reply = await registry().client.send('PUT', `/v2/${repository}/manifests/${referrer.manifest.digest}`, {
      headers: { 'content-type': referrer.manifest.mediaType },
      body: referrer.manifest.bytes,
    });
    expect(header(reply, 'oci-subject')).toBe(manifest.digest);
  });

  it('interop 9: a manifest is given byte for byte, however it is written', async () => {
    const { repository, manifest } = await pushedImage();
    const document: unknown = JSON.parse(new TextDecoder().decode(manifest.bytes));
    for (const text of [JSON.stringify(document, undefined, 3), `${JSON.stringify(document, undefined, '\t')}\n`]) {
      const bytes = new TextEncoder().encode(text);
      await registry().client.pushManifest(repository, { ...manifest, bytes }, 'v2');
      const reply = await registry().client.send('GET', `/v2/${repository}/manifests/v2`);
      expect(header(reply, 'docker-content-digest')).toBe(digestOf(bytes));
      expect(await reply.bytes()).toEqual(bytes);
    }
  });

  it('interop 10: tags keep their case', async () => {
    const { repository, manifest } = await pushedImage();
    await registry().client.pushManifest(repository, manifest, 'RC1');
    expect(await registry().client.tags(repository)).toEqual(['RC1', 'v1']);
    expect((await registry().client.send('GET', `/v2/${repository}/manifests/rc1`)).status).toBe(404);
  });

  it('interop 11: tags are in the order of bytes, not of a language', async () => {
    const { repository, manifest } = await pushedImage();
    for (const tag of ['b', 'B', '_', 'a', 'A', '10', '9'])
      await registry().client.pushManifest(repository, manifest, tag);
    expect(await registry().client.tags(repository)).toEqual(['10', '9', 'A', 'B', '_', 'a', 'b', 'v1']);
  });

  it('interop 12: whoever did not say who they are gets 401, not 403', async () => {
    const { repository, layer } = await pushedImage();
    const requests = [
      ['GET', '/v2/'],
      ['GET', '/v2/_catalog'],
      ['GET', `/v2/${repository}/manifests/v1`],
      ['HEAD', `/v2/${repository}/blobs/${layer.digest}`],
      ['POST', `/v2/${repository}/blobs/uploads/`],
      ['PUT', `/v2/${repository}/manifests/v1`],
      ['DELETE', `/v2/${repository}/manifests/v1`],
    ] as const;
    for (const [method, path] of requests) {
      expect((await registry().anonymous.send(method, path)).status).toBe(401);
    }
  });

  it('interop 13: WWW-Authenticate is double-quoted, and there for HEAD too', async () => {
    for (const method of ['GET', 'HEAD']) {
      const reply = await registry().anonymous.send(method, `/v2/${newRepository()}/manifests/v1`);
      expect(header(reply, 'www-authenticate')).toMatch(/^Bearer realm="[^"']+",service="[^"']+",scope="[^"']+"$/);
    }
  });

  it('interop 14: the realm is on the host that the client reached us by', async () => {
    const reply = await registry().anonymous.send('GET', '/v2/', { headers: { host: 'node-visible.example:5000' } });
    expect(header(reply, 'www-authenticate')).toContain('realm="http://node-visible.example:5000/token"');
  });

  it('interop 15: a token is good for a client, or a node, whose clock is a minute off', async () => {
    await using alone = await openRegistry();
    const reply = await alone.as(alone.authorization).expect(200, 'GET', '/token?service=havre');
    const { token } = (await reply.json()) as { token: string };
    alone.clock.advance(-59);
    expect((await alone.as(`Bearer ${token}`).send('GET', '/v2/')).status).toBe(200);
  });

  it('interop 16: a mount that cannot be is 202, never 404 or 403', async () => {
    const { repository } = await pushedImage();
    const { digest } = randomBlob(1);
    for (const query of [`mount=${digest}&from=${repository}`, `mount=${digest}&from=not/there`, `mount=${digest}`]) {
      const reply = await registry().client.send('POST', `/v2/${newRepository()}/blobs/uploads/?${query}`);
      expect(reply.status).toBe(202);
      expect((await registry().client.send('GET', header(reply, 'location'))).status).toBe(204);
    }
  });

  it('interop 17: configs and layers may be of any type', async () => {
    const repository = newRepository();
    const layer = contentOf('application/vnd.cncf.helm.chart.content.v1.tar+gzip', randomBlob(10).bytes);
    const config = contentOf('application/vnd.cncf.helm.config.v1+json', new TextEncoder().encode('{"name":"x"}'));
    for (const blob of [layer, config]) await registry().client.pushBlob(repository, blob);
    const image = imageOf([layer], { config: descriptorOf(config) });
    await registry().client.pushManifest(repository, image.manifest, 'v1');
  });

  it('interop 18: layers may be of no bytes, and the same twice', async () => {
    const repository = newRepository();
    const empty = contentOf(IMAGE_LAYER, new Uint8Array());
    const layer = randomBlob(10);
    await registry().client.pushImage(repository, imageOf([empty, layer, empty, layer]), 'v1');
    expect(await registry().client.pullBlob(repository, empty.digest)).toEqual(new Uint8Array());
  });

  it('interop 19: an early 401 to a PATCH does not shift the replies on the connection', async () => {
    using connection = await RawConnection.open(registry().url);
    const session = `/v2/${newRepository()}/blobs/uploads/${crypto.randomUUID()}`;
    connection.write(`PATCH ${session} HTTP/1.1\r\nHost: havre\r\nContent-Length: 100000\r\n\r\n`);
    expect((await connection.reply())?.status).toBe(401);
    const smuggled = `GET /v2/_oci/ext/discover HTTP/1.1\r\nHost: havre\r\n\r\n`;
    connection.write(smuggled.repeat(3).padEnd(100_000, 'x'));
    connection.write('GET /v2/ HTTP/1.1\r\nHost: havre\r\n\r\n');
    // Either the body was read to its end, or the connection was closed; never is a part of it an own request.
    const next = await connection.reply();
    expect([401, undefined]).toContain(next?.status);
  });

  it('interop 20: nothing is compressed', async () => {
    const { repository, layer } = await pushedImage();
    const headers = { 'accept-encoding': 'gzip, br, zstd' };
    for (const path of ['manifests/v1', `blobs/${layer.digest}`, 'tags/list']) {
      const reply = await registry().client.send('GET', `/v2/${repository}/${path}`, { headers });
      expect(header(reply, 'content-encoding')).toBe('');
      expect(header(reply, 'vary')).toBe('');
    }
  });

  it('interop 21: a URL that we build keeps the port of the host', async () => {
    const reply = await registry().anonymous.send('GET', '/v2/', { headers: { host: '[2001:db8::1]:8443' } });
    expect(header(reply, 'www-authenticate')).toContain('realm="http://[2001:db8::1]:8443/token"');
  });

  it('interop 22: deleting a tag leaves the manifest, and its other tags', async () => {
    const { repository, manifest } = await pushedImage();
    await registry().client.pushManifest(repository, manifest, 'v2');
    await registry().client.deleteManifest(repository, 'v1');
    expect(await registry().client.pullManifest(repository, 'v2')).toEqual(manifest.bytes);
    expect(await registry().client.pullManifest(repository, manifest.digest)).toEqual(manifest.bytes);
  });

  it('interop 23: a layer that a client saw with HEAD is not collected before it pushes the manifest', async () => {
    await using alone = await openRegistry();
    const image = imageOf([randomBlob(10)]);
    for (const blob of image.blobs) await alone.client.pushBlob('a', blob);
    alone.clock.advance(7200);
    for (const { digest } of image.blobs) await alone.client.expect(200, 'HEAD', `/v2/a/blobs/${digest}`);
    await alone.collect({ graceSeconds: 3600 });
    await alone.client.pushManifest('a', image.manifest, 'v1');
    for (const { digest, bytes } of image.blobs) expect(await alone.client.pullBlob('a', digest)).toEqual(bytes);
  });

  it('interop 24: Docker-Content-Digest is there on GET and HEAD, of manifests and blobs', async () => {
    const { repository, manifest, layer } = await pushedImage();
    for (const method of ['GET', 'HEAD']) {
      for (const [path, digest] of [
        ['manifests/v1', manifest.digest],
        [`manifests/${manifest.digest}`, manifest.digest],
        [`blobs/${layer.digest}`, layer.digest],
      ] as const) {
        const reply = await registry().client.send(method, `/v2/${repository}/${path}`);
        expect(header(reply, 'docker-content-digest')).toBe(digest);
      }
    }
  });

  it('interop 25: HEAD of a blob is answered here, and redirected nowhere', async () => {
    const { repository, layer } = await pushedImage();
    const reply = await registry().client.send('HEAD', `/v2/${repository}/blobs/${layer.digest}`);
    expect(reply.status).toBe(200);
    expect(header(reply, 'location')).toBe('');
  });
});
