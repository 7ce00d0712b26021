import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'bun:test';
import { REGISTRY_ID, REGISTRY_URL } from '../../test/support/events.ts';
import { cloudEvent } from './cloud-event.ts';
import { distributionAction, distributionEnvelope } from './distribution-envelope.ts';
import { uuidFrom, type RegistryEvent } from './event.ts';
import { isSecretStrong, newSecret, signatureHeaders, signingKey } from './signature.ts';
import { isWanted } from './wanted.ts';
import type { WebhookFormat, WebhookSettings } from './webhook.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const SENDER = { registryId: REGISTRY_ID, node: 'node1', publicUrl: REGISTRY_URL };

function event(type: string, more: Partial<RegistryEvent> = {}): RegistryEvent {
  return {
    id: '0d5a3f5e-7c1b-8d2e-9f3a-4b5c6d7e8f90',
    type,
    time: '2026-11-20T10:00:00.123Z',
    sequence: 42,
    repository: 'team/app',
    details: {},
    actor: { kind: 'user', name: 'ada' },
    request: { id: 'r1', address: '10.0.0.5', client: 'docker/27' },
    ...more,
  };
}

const PUSH = event('manifest.pushed', { digest: DIGEST, details: { mediaType: MANIFEST, size: 528, tags: ['v1'] } });

function targetsOf(told: RegistryEvent): unknown {
  const { events } = distributionEnvelope(told, SENDER) as { events: { target: unknown }[] };
  return events.map(({ target }) => target);
}

describe('the envelope of distribution', () => {
  it('tells of a push by tag with all that distribution tells', () => {
    expect(distributionEnvelope(PUSH, SENDER)).toEqual({
      events: [
        {
          id: PUSH.id,
          timestamp: '2026-11-20T10:00:00.123Z',
          action: 'push',
          target: {
            mediaType: MANIFEST,
            digest: DIGEST,
            size: 528,
            length: 528,
            repository: 'team/app',
            url: `https://registry.example.org/v2/team/app/manifests/${DIGEST}`,
            tag: 'v1',
          },
          request: { id: 'r1', addr: '10.0.0.5', host: 'registry.example.org', method: 'PUT', useragent: 'docker/27' },
          actor: { name: 'ada' },
          source: { addr: 'node1', instanceID: REGISTRY_ID },
        },
      ],
    });
  });

  it('tells of a push by digest without a tag, and of one by several tags as several', () => {
    const details = { ...PUSH.details, tags: [] };
    expect(targetsOf({ ...PUSH, details })).toEqual([expect.not.objectContaining({ tag: expect.anything() })]);
    const several = { ...PUSH, details: { ...PUSH.details, tags: ['v1', 'latest'] } };
    expect(targetsOf(several)).toMatchObject([{ tag: 'v1' }, { tag: 'latest' }]);
    const { events } = distributionEnvelope(several, SENDER) as { events: { id: string }[] };
    expect(new Set(events.map(({ id }) => id)).size).toBe(2);
  });

  const deletions = [
    ['manifest.deleted', { digest: DIGEST, details: { tags: ['v1'] } }, { repository: 'team/app', digest: DIGEST }],
    ['manifest.expired', { digest: DIGEST }, { repository: 'team/app', digest: DIGEST }],
    ['tag.deleted', { digest: DIGEST, tag: 'v1' }, { repository: 'team/app', tag: 'v1' }],
    ['repository.deleted', {}, { repository: 'team/app' }],
    ['blob.deleted', { digest: DIGEST }, { repository: 'team/app', digest: DIGEST }],
  ] as const;
  for (const [type, more, target] of deletions) {
    it(`tells of ${type} by nothing but ${Object.keys(target).join(' and ')}`, () => {
      const told = event(type, more);
      expect(distributionAction(told)).toBe('delete');
      expect(targetsOf(told)).toEqual([target]);
    });
  }

  it('says from where a blob was mounted', () => {
    const told = event('blob.mounted', { digest: DIGEST, details: { from: 'other/app' } });
    expect(distributionAction(told)).toBe('mount');
    expect(targetsOf(told)).toEqual([
      {
        mediaType: 'application/octet-stream',
        digest: DIGEST,
        repository: 'team/app',
        fromRepository: 'other/app',
      },
    ]);
  });

  it('says by which method something was pulled', () => {
    const told = event('manifest.pulled', { digest: DIGEST, tag: 'v1', request: { method: 'HEAD' } });
    expect(distributionEnvelope(told, SENDER)).toMatchObject({
      events: [{ action: 'pull', target: { tag: 'v1' }, request: { method: 'HEAD' } }],
    });
  });

  it('names nobody for anonymous', () => {
    const told = { ...PUSH, actor: { kind: 'anonymous', name: '' } };
    expect(distributionEnvelope(told, SENDER)).toMatchObject({ events: [{ actor: {} }] });
  });

  it('tells of a tag that was moved otherwise as of a push, and not twice of one that was pushed', () => {
    const moved = (cause: string) => event('tag.moved', { digest: DIGEST, tag: 'v1', details: { cause } });
    expect(distributionAction(moved('admin'))).toBe('push');
    expect(distributionAction(moved('client'))).toBeUndefined();
    expect(distributionAction(event('plan.applied'))).toBeUndefined();
  });
});

describe('a cloud event', () => {
  it('has the attributes of the specification, and what is known in its data', () => {
    expect(cloudEvent(PUSH, SENDER)).toEqual({
      specversion: '1.0',
      id: PUSH.id,
      source: `/registries/${REGISTRY_ID}`,
      type: 'io.havre.registry.manifest.pushed',
      subject: `team/app@${DIGEST}`,
      time: '2026-11-20T10:00:00.123Z',
      datacontenttype: 'application/json',
      sequence: '00000000000000000042',
      tag: 'v1',
      data: {
        repository: 'team/app',
        digest: DIGEST,
        url: `https://registry.example.org/v2/team/app/manifests/${DIGEST}`,
        sequence: 42,
        mediaType: MANIFEST,
        size: 528,
        tags: ['v1'],
        actor: { kind: 'user', name: 'ada' },
        request: { id: 'r1', address: '10.0.0.5', client: 'docker/27' },
      },
    });
  });

  it('has only attributes whose names CloudEvents allows, and no empty or nested ones', () => {
    for (const type of ['tag.moved', 'repository.deleted', 'webhook.pinged']) {
      const { data, ...attributes } = cloudEvent(event(type, { tag: 'v1' }), SENDER) as Record<string, unknown>;
      expect(data).toBeObject();
      for (const [name, value] of Object.entries(attributes)) {
        expect(name).toMatch(/^[a-z0-9]{1,20}$/);
        expect(value).toBeString();
        expect(value).not.toBe('');
      }
    }
  });

  it('lets no detail take the place of who did it', () => {
    const told = event('plan.applied', { details: { actor: 'somebody else', repository: 'other' } });
    expect(cloudEvent(told, SENDER)).toMatchObject({ data: { actor: { name: 'ada' }, repository: 'team/app' } });
  });
});

describe('a signature', () => {
  const body = new TextEncoder().encode('{"id":"ä"}');
  const at = new Date('2026-11-20T10:00:00.999Z');

  it('is what Standard Webhooks and GitHub-like receivers compute', () => {
    const secret = newSecret();
    const headers = signatureHeaders(signingKey(secret), { id: 'msg_1', at, body });
    // As the standard's own libraries do it: base64 after the prefix, over id.timestamp.body.
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const expected = createHmac('sha256', key).update('msg_1.1795168800.{"id":"ä"}').digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${expected}`);
    expect(headers['webhook-timestamp']).toBe('1795168800');
    const older = createHmac('sha256', key).update('1795168800.{"id":"ä"}').digest('hex');
    expect(headers['X-Signature-256']).toBe(`sha256=${older}`);
    expect(headers['X-Timestamp']).toBe('1795168800');
  });

  it('is that of the example of Standard Webhooks', () => {
    const key = signingKey('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    const example = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', at: new Date(1_614_265_330_000) };
    const headers = signatureHeaders(key, { ...example, body: new TextEncoder().encode('{"test": 2432232314}') });
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('is not there without a secret', () => {
    expect(Object.keys(signatureHeaders(undefined, { id: 'x', at, body }))).toEqual([
      'webhook-id',
      'webhook-timestamp',
      'X-Timestamp',
    ]);
  });

  it('needs a secret that nobody guesses', () => {
    expect(isSecretStrong(newSecret())).toBe(true);
    expect(isSecretStrong('a text of 24 characters.')).toBe(true);
    for (const weak of ['secret', 'whsec_AAAA', 'whsec_not base64 at all, but long enough']) {
      expect(isSecretStrong(weak)).toBe(false);
    }
  });
});

describe('what a webhook wants', () => {
  const settings: WebhookSettings = {
    events: [],
    repositories: [],
    ignoredMediaTypes: [],
    headers: {},
    handshake: false,
  };
  const wants = (told: RegistryEvent, wanted: Partial<WebhookSettings> = {}, format: WebhookFormat = 'cloudevents') =>
    isWanted({ format, settings: { ...settings, ...wanted } }, told);
  const pull = event('manifest.pulled', { digest: DIGEST });

  it('is what happens to content, when it does not say', () => {
    for (const type of ['manifest.pushed', 'tag.moved', 'repository.deleted', 'blob.mounted']) {
      expect(wants(event(type))).toBe(true);
    }
    for (const type of ['user.created', 'webhook.changed']) expect(wants(event(type))).toBe(false);
  });

  it('is pulls only where it names them', () => {
    for (const events of [[], ['*'], ['manifest.*']]) expect(wants(pull, { events })).toBe(false);
    for (const events of [['pull'], ['manifest.pulled']]) expect(wants(pull, { events })).toBe(true);
  });

  it('is the types it names, or all of a kind, or what distribution calls so', () => {
    const moved = event('tag.moved', { tag: 'v1', details: { cause: 'admin' } });
    expect(wants(moved, { events: ['tag.*'] })).toBe(true);
    expect(wants(moved, { events: ['tag.created'] })).toBe(false);
    expect(wants(moved, { events: ['push'] })).toBe(true);
    expect(wants(moved, { events: ['delete'] })).toBe(false);
    expect(wants(event('user.created'), { events: ['*'] })).toBe(true);
  });

  it('is of the repositories it names', () => {
    expect(wants(PUSH, { repositories: ['other/**', 'team/*'] })).toBe(true);
    expect(wants(PUSH, { repositories: ['other/**'] })).toBe(false);
    expect(
      wants(event('plan.applied', { repository: undefined as never }), { events: ['*'], repositories: ['**'] }),
    ).toBe(false);
  });

  it('is not of media types it ignores', () => {
    expect(wants(PUSH, { ignoredMediaTypes: [MANIFEST] })).toBe(false);
  });

  it('is nothing that its format has no word for', () => {
    expect(wants(event('plan.applied'), { events: ['*'] }, 'distribution')).toBe(false);
    expect(wants(PUSH, {}, 'distribution')).toBe(true);
  });
});

it('an event has one id, whoever makes it again', () => {
  const id = uuidFrom('0123456789abcdef0123456789abcdef0123456789abcdef');
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(uuidFrom('0123456789abcdef0123456789abcdef0123456789abcdef')).toBe(id);
});
