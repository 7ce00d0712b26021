import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { SOMEBODY } from '../../../test/support/actor.ts';
import { askAdmin, openInstallation, type Installation } from '../../../test/support/admin.ts';
import {
  contentOf,
  descriptorOf,
  documentOf,
  IMAGE_CONFIG,
  IMAGE_LAYER,
  imageOf,
  indexOf,
  randomBlob,
  type Content,
} from '../../../test/support/image.ts';
import { pushBlob, pushImage, pushManifest } from '../../../test/support/pushed-image.ts';
import { basicAuthorization } from '../../../test/support/server.ts';
import type { ImageReply, ReferrerReply } from './contract.ts';

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

const APP = 'team/app';
const PATH = '/repositories/team%2Fapp/images';

async function show(reference: string): Promise<ImageReply> {
  const { status, document } = await askAdmin(installation, 'GET', `${PATH}/${reference}`);
  expect([status, installation.failures]).toEqual([200, []]);
  return document['image'] as ImageReply;
}

async function referrersOf(reference: string, query = ''): Promise<readonly ReferrerReply[]> {
  const { document } = await askAdmin(installation, 'GET', `${PATH}/${reference}/referrers${query}`);
  return document['referrers'] as ReferrerReply[];
}

const CONFIG = {
  created: '2026-01-02T03:04:05Z',
  author: 'Ada',
  os: 'linux',
  architecture: 'arm64',
  variant: 'v8',
  config: {
    User: 'app',
    WorkingDir: '/srv',
    StopSignal: 'SIGQUIT',
    Env: ['PATH=/bin', 'A=b=c'],
    Entrypoint: ['/entry'],
    Cmd: ['serve'],
    ExposedPorts: { '80/tcp': {} },
    Volumes: { '/data': {} },
    Labels: { team: 'x' },
    Healthcheck: { Test: ['CMD', 'true'], Interval: 5_000_000_000, Retries: 3 },
  },
  history: [
    { created: '2026-01-01T00:00:00Z', created_by: 'ADD rootfs /' },
    { created_by: 'ENV A=b=c', empty_layer: true },
    { created_by: 'COPY . /srv', comment: 'buildkit' },
  ],
};

describe('an image', () => {
  it('is shown with what it runs, and its history beside its layers', async () => {
    const layers = [randomBlob(100), randomBlob(200)];
    const pushed = await pushImage(installation, APP, { name: 'v1', layers, config: CONFIG });
    const image = await show('v1');
    const { history: _, ...said } = CONFIG;
    expect(image).toMatchObject({
      repository: APP,
      reference: 'v1',
      kind: 'image',
      digest: pushed.digest,
      bytes: pushed.bytes.length + 300 + JSON.stringify(CONFIG).length,
      tags: [{ name: 'v1', setBy: SOMEBODY.principalName }],
      lastPulledAt: null,
      children: [],
      configText: null,
      config: {
        created: said.created,
        author: 'Ada',
        os: 'linux',
        architecture: 'arm64',
        variant: 'v8',
        user: 'app',
        workingDirectory: '/srv',
        stopSignal: 'SIGQUIT',
        environment: ['PATH=/bin', 'A=b=c'],
        entrypoint: ['/entry'],
        command: ['serve'],
        exposedPorts: ['80/tcp'],
        volumes: ['/data'],
        labels: { team: 'x' },
        healthcheck: { test: ['CMD', 'true'], interval: 5_000_000_000, timeout: null, retries: 3 },
      },
      layers: layers.map(({ digest, bytes }) => ({ digest, mediaType: IMAGE_LAYER, size: bytes.length, isHere: true })),
      history: [
        { createdBy: 'ADD rootfs /', isEmpty: false, layer: 0 },
        { createdBy: 'ENV A=b=c', isEmpty: true, layer: null },
        { createdBy: 'COPY . /srv', comment: 'buildkit', layer: 1 },
      ],
    });
    expect(image.manifest).toBe(new TextDecoder().decode(pushed.bytes));
    expect((await show(pushed.digest)).tags).toEqual(image.tags);
  });

  it('tells how many share a layer: administrators of all, others only of those that they may pull', async () => {
    const [base, own] = [randomBlob(100), randomBlob(100)];
    await pushImage(installation, APP, { name: 'v1', layers: [base, own] });
    await pushImage(installation, APP, { name: 'v2', layers: [base] });
    for (const other of ['public/a', 'secret/b']) await pushImage(installation, other, { layers: [base] });
    const alone = { otherRepositories: 0, otherManifests: 0, repositories: [] };
    const shared = { otherRepositories: 2, otherManifests: 3 };
    expect((await show('v1')).layers).toMatchObject([{ ...shared, repositories: ['public/a', 'secret/b'] }, alone]);
    const password = 'a long enough password';
    await askAdmin(installation, 'POST', '/users', { name: 'ada', password });
    for (const pattern of ['team/**', 'public/**']) {
      await askAdmin(installation, 'POST', '/grants', {
        to: { kind: 'user', name: 'ada' },
        pattern,
        actions: ['pull'],
      });
    }
    const ada = await installation.auth.authenticator.identify(basicAuthorization('ada', password), {
      source: '192.0.2.1',
    });
    const ask = (path: string): Promise<Response> =>
      installation.api(new Request(`http://localhost/api/v1/repositories/${path}`), ada);
    const { image } = (await (await ask('team%2Fapp/images/v1')).json()) as { image: ImageReply };
    const seen = { otherManifests: null, otherRepositories: 1, repositories: ['public/a'] };
    expect(image.layers).toMatchObject([seen, { ...alone, otherManifests: null }]);
    // What is there and what is not are refused alike.
    for (const name of ['secret%2Fb', 'secret%2Fnothing']) {
      for (const path of ['images/v1', 'images/v1/referrers']) {
        expect((await ask(`${name}/${path}`)).status).toBe(403);
      }
    }
  });

  it('whose config is hostile is shown without it', async () => {
    const deep = new TextEncoder().encode(`${'['.repeat(200_000)}${']'.repeat(200_000)}`);
    const hostile = [
      contentOf(IMAGE_CONFIG, deep),
      contentOf(IMAGE_CONFIG, new Uint8Array([0xff, 0xfe, 0])),
      documentOf(IMAGE_CONFIG, ['no object']),
    ];
    for (const config of hostile) {
      await pushBlob(installation, APP, config);
      await pushManifest(installation, APP, { ...imageOf([], { config: descriptorOf(config) }).manifest, name: 'v1' });
      expect(await show('v1')).toMatchObject({ config: null, history: [], blob: { digest: config.digest } });
    }
    const odd = { config: { Env: 'A=b', Labels: { a: 1, b: 'c' }, Cmd: [1, 'x'], ExposedPorts: [] }, history: [3, {}] };
    await pushImage(installation, APP, { name: 'v2', config: { ...odd, os: {}, created: 7 } });
    const read = { os: null, created: null, environment: [], labels: { b: 'c' }, command: ['x'], exposedPorts: [] };
    expect(await show('v2')).toMatchObject({ config: read, history: [{ createdBy: null, layer: null }] });
  });

  it('that is not there is not shown', async () => {
    expect((await askAdmin(installation, 'GET', `${PATH}/v1`)).document['type']).toEndWith('NAME_UNKNOWN');
    await pushImage(installation, APP, { name: 'v1' });
    expect((await askAdmin(installation, 'GET', `${PATH}/v2`)).document['type']).toEndWith('MANIFEST_UNKNOWN');
    expect((await askAdmin(installation, 'GET', `${PATH}/sha256:1`)).status).toBe(400);
  });
});

describe('an index', () => {
  it('is shown with its children, attestations of BuildKit told apart', async () => {
    const image = await pushImage(installation, APP, { layers: [randomBlob(50)], config: { os: 'linux' } });
    const about = {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': image.digest,
    };
    const statement = contentOf('application/vnd.in-toto+json', new TextEncoder().encode('{}'));
    const attestation = await pushImage(installation, APP, { layers: [statement] });
    const platform = { os: 'unknown', architecture: 'unknown' };
    const gone = {
      ...descriptorOf(imageOf([randomBlob(1)]).manifest),
      platform: { os: 'linux', architecture: 'arm64' },
    };
    const manifests = [
      { ...descriptorOf(image), platform: { os: 'linux', architecture: 'amd64' } },
      { ...descriptorOf(attestation), platform, annotations: about },
      gone,
    ];
    await pushManifest(installation, APP, { ...indexOf([], { manifests }), name: 'v1' });
    const shown = await show('v1');
    expect(shown).toMatchObject({ kind: 'index', config: null, layers: [] });
    expect(shown.children).toMatchObject([
      { digest: image.digest, platform: 'linux/amd64', kind: 'image', about: null, isHere: true },
      { digest: attestation.digest, platform: null, kind: 'attestation', about: image.digest, isHere: true },
      { digest: gone.digest, platform: 'linux/arm64', kind: 'image', isHere: false, bytes: null },
    ]);
    expect(shown.children[0]?.bytes).toBeGreaterThan(50);
  });
});

describe('what is no image', () => {
  it('is shown as what it is', async () => {
    const chart = documentOf('application/vnd.cncf.helm.config.v1+json', { name: 'chart', version: '1.2.3' });
    const title = { 'org.opencontainers.image.title': 'chart-1.2.3.tgz' };
    const archive = { ...randomBlob(10), mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip' };
    for (const blob of [chart, archive]) await pushBlob(installation, APP, blob);
    const layers = [{ ...descriptorOf(archive), annotations: title }];
    const fields = { config: descriptorOf(chart), layers };
    await pushManifest(installation, APP, { ...imageOf([], fields).manifest, name: 'chart' });
    expect(await show('chart')).toMatchObject({
      kind: 'helm-chart',
      config: null,
      configText: '{"name":"chart","version":"1.2.3"}',
      layers: [{ title: 'chart-1.2.3.tgz', digest: archive.digest }],
    });
    const wasm = imageOf([], { artifactType: 'application/vnd.wasm.config.v0+json' }).manifest;
    await pushManifest(installation, APP, { ...wasm, name: 'wasm' });
    expect((await show('wasm')).kind).toBe('wasm');
    await pushManifest(installation, APP, { ...imageOf([], { artifactType: 'text/x' }).manifest, name: 'other' });
    expect((await show('other')).kind).toBe('artifact');
  });
});

describe('what refers to an image', () => {
  const refer = async (subject: Content, artifactType: string, fields: object = {}): Promise<Content> => {
    const made = imageOf([], { artifactType, subject: descriptorOf(subject), ...fields }).manifest;
    await pushManifest(installation, APP, made);
    return made;
  };

  it('is a tree: signatures, SBOMs and attestations, and what refers to these', async () => {
    const image = await pushImage(installation, APP, { name: 'v1' });
    const sbom = await refer(image, 'application/spdx+json', { annotations: { a: 'b' } });
    const ofSbom = await refer(sbom, 'application/vnd.cncf.notary.signature');
    await refer(image, 'application/vnd.in-toto+json');
    const bundle = 'application/vnd.dev.sigstore.bundle.v0.3+json';
    await refer(image, bundle, { annotations: { 'dev.sigstore.bundle.content': 'message-signature' } });
    await refer(image, bundle, {
      annotations: { 'dev.sigstore.bundle.predicateType': 'https://slsa.dev/provenance/v1' },
    });
    await refer(image, 'text/x');
    const found = await referrersOf('v1');
    const kinds = found.map(({ kind }) => kind).toSorted();
    expect(kinds).toEqual(['artifact', 'attestation', 'attestation', 'sbom', 'signature']);
    expect(found.find(({ kind }) => kind === 'sbom')).toMatchObject({
      digest: sbom.digest,
      annotations: { a: 'b' },
      tag: null,
      referrers: [{ digest: ofSbom.digest, kind: 'signature', referrers: [] }],
    });
    expect((await show(ofSbom.digest)).subject).toBe(sbom.digest);
  });

  it('has what cosign said by tags, and comes in pages', async () => {
    const image = await pushImage(installation, APP, { name: 'v1' });
    const beginning = image.digest.replace(':', '-');
    const signature = imageOf([], { annotations: { of: 'cosign' } }).manifest;
    for (const ending of ['sig', 'att', 'sbom']) {
      await pushManifest(installation, APP, { ...signature, name: `${beginning}.${ending}` });
    }
    const others = [await refer(image, 'text/1'), await refer(image, 'text/2'), await refer(image, 'text/3')];
    const first = await askAdmin(installation, 'GET', `${PATH}/v1/referrers?limit=2`);
    const shown = first.document['referrers'] as ReferrerReply[];
    expect(shown.slice(2)).toMatchObject([
      { kind: 'attestation', tag: `${beginning}.att`, digest: signature.digest },
      { kind: 'sbom', tag: `${beginning}.sbom` },
      { kind: 'signature', tag: `${beginning}.sig` },
    ]);
    const second = await referrersOf('v1', `?limit=2&after=${String(first.document['next'])}`);
    const digests = [...shown.slice(0, 2), ...second].map(({ digest }) => digest);
    expect(digests).toEqual(others.map(({ digest }) => digest).toSorted());
  });
});
