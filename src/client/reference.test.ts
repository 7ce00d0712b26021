import { describe, expect, it } from 'bun:test';
import { ReferenceInvalidError } from './client-error.ts';
import { formatReference, parseReference } from './reference.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('a reference', () => {
  const cases: readonly (readonly [text: string, origin: string, shown: string])[] = [
    ['nginx', 'https://registry-1.docker.io', 'docker.io/library/nginx'],
    ['nginx:1.27', 'https://registry-1.docker.io', 'docker.io/library/nginx:1.27'],
    ['team/app', 'https://registry-1.docker.io', 'docker.io/team/app'],
    ['docker.io/nginx', 'https://registry-1.docker.io', 'docker.io/library/nginx'],
    ['index.docker.io/library/nginx', 'https://registry-1.docker.io', 'docker.io/library/nginx'],
    ['docker://ghcr.io/team/app:1', 'https://ghcr.io', 'ghcr.io/team/app:1'],
    ['localhost/app', 'http://localhost', 'localhost/app'],
    ['localhost:5000/a/b/c:1.0', 'http://localhost:5000', 'localhost:5000/a/b/c:1.0'],
    ['127.0.0.1:5000/app', 'http://127.0.0.1:5000', '127.0.0.1:5000/app'],
    ['[::1]:5000/app:2', 'http://[::1]:5000', '[::1]:5000/app:2'],
    ['https://localhost:5000/app', 'https://localhost:5000', 'localhost:5000/app'],
    ['http://registry/app', 'http://registry', 'registry/app'],
    ['registry.lan:5000/app', 'https://registry.lan:5000', 'registry.lan:5000/app'],
    ['Registry.LAN/app', 'https://registry.lan', 'registry.lan/app'],
    [`ghcr.io/app@${DIGEST}`, 'https://ghcr.io', `ghcr.io/app@${DIGEST}`],
    [`ghcr.io/app:1@${DIGEST}`, 'https://ghcr.io', `ghcr.io/app:1@${DIGEST}`],
  ];
  for (const [text, origin, shown] of cases) {
    it(`can be ${text}`, () => {
      const reference = parseReference(text);
      expect([reference.registry.origin, formatReference(reference)]).toEqual([origin, shown]);
    });
  }

  it('has the scheme it is told, where it has none', () => {
    expect(parseReference('registry.lan/app', 'http').registry.origin).toBe('http://registry.lan');
    expect(parseReference('https://registry.lan/app', 'http').registry.origin).toBe('https://registry.lan');
  });

  const wrong = [
    '',
    'ghcr.io/',
    'ghcr.io/App',
    'app:',
    'app:a b',
    'app@sha256:12',
    'user:pass@ghcr.io/app',
    'a//b',
    'x.io:99999/a',
  ];
  for (const text of wrong)
    it(`cannot be "${text}"`, () => expect(() => parseReference(text)).toThrow(ReferenceInvalidError));
});
