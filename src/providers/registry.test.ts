import { describe, expect, it } from 'bun:test';
import { KINDS } from './provider.ts';
import { parseRegistryUrl } from './registry-url.ts';
import { detectKind, PROVIDERS, providerOf } from './registry.ts';

describe('the kinds of registries', () => {
  it('are all there, each once', () => {
    expect(PROVIDERS.map(({ kind }) => kind).toSorted()).toEqual([...KINDS].toSorted());
    expect(PROVIDERS.map(({ kind }) => providerOf(kind))).toEqual([...PROVIDERS]);
  });

  it('each say how one logs in, where that is had, and with which rights', () => {
    for (const { kind, forms } of PROVIDERS) {
      expect(forms, kind).not.toEqual([]);
      expect(new Set(forms.map(({ name }) => name)).size, kind).toBe(forms.length);
      for (const { help, fields } of forms) {
        for (const text of [help.where, help.leastRights, ...fields.map(({ description }) => description)]) {
          expect(text, kind).toMatch(/\.$/);
        }
      }
    }
  });

  const cases = [
    ['docker.io', 'docker-hub'],
    ['https://index.docker.io/v1/', 'docker-hub'],
    ['docker.io/acme', 'docker-hub'],
    ['ghcr.io/owner', 'ghcr'],
    ['europe-west1-docker.pkg.dev/project/repository', 'google'],
    ['eu.gcr.io/project', 'google'],
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', 'ecr'],
    ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'ecr'],
    ['public.ecr.aws/alias', 'ecr-public'],
    ['example.azurecr.io', 'acr'],
    ['harbor.example.org', 'harbor'],
    ['demo.goharbor.io/library', 'harbor'],
    ['abc123.c1.gra9.container-registry.ovh.net/team', 'ovh-managed'],
    ['abc123.gra7.container-registry.ovh.net', 'ovh-managed'],
    ['registry.gra.ai.cloud.ovh.net', 'ovh-shared'],
    ['registry.gitlab.com/group/project', 'gitlab'],
    ['quay.io/acme', 'quay'],
    ['registry.example.org:5000', 'generic'],
    ['http://127.0.0.1:5000', 'generic'],
    // Whoever has such a name is none of these.
    ['ghcr.io.example.org', 'generic'],
    ['container-registry.ovh.net.example.org', 'generic'],
    ['registry.gra.ai.cloud.ovh.net.example.org', 'generic'],
  ] as const;
  for (const [url, kind] of cases) {
    it(`${url} is of kind ${kind}`, () => expect(detectKind(parseRegistryUrl(url))).toBe(kind));
  }
});
