import { describe, expect, it } from 'bun:test';
import { registrableDomain } from './registrable-domain.ts';

describe('what of a name somebody registered', () => {
  const domains = [
    ['auth.docker.io', 'docker.io'],
    ['docker.io.', 'docker.io'],
    ['Registry.GitLab.com', 'gitlab.com'],
    ['registry.example.co.uk', 'example.co.uk'],
    ['a.b.example.com.au', 'example.com.au'],
    ['harbor.lan', 'harbor.lan'],
    ['localhost', 'localhost'],
    ['web.de', 'web.de'],
    ['ours.azurecr.io', 'ours.azurecr.io'],
    ['a.ours.github.io', 'a.ours.github.io'],
    ['azurecr.io', 'azurecr.io'],
    ['x.dkr.ecr.cn-north-1.amazonaws.com.cn', 'x.dkr.ecr.cn-north-1.amazonaws.com.cn'],
  ] as const;
  for (const [name, domain] of domains) {
    it(`is ${domain} of ${name}`, () => expect(registrableDomain(name)).toBe(domain));
  }
});
