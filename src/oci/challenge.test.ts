import { describe, expect, it } from 'bun:test';
import * as fc from 'fast-check';
import { basicChallenge, bearerChallenge } from './challenge.ts';

describe('challenges', () => {
  it('ask for a password', () => expect(basicChallenge('Registry')).toBe('Basic realm="Registry"'));

  it('send to the token endpoint', () => {
    const challenge = bearerChallenge({
      realm: 'https://r.example/token',
      service: 'r.example',
      scope: 'repository:foo/bar:pull,push',
      error: 'insufficient_scope',
    });
    expect(challenge).toBe(
      'Bearer realm="https://r.example/token",service="r.example",scope="repository:foo/bar:pull,push",error="insufficient_scope"',
    );
  });

  it('have no scope for the base of the API', () => {
    expect(bearerChallenge({ realm: 'r', service: 's' })).toBe('Bearer realm="r",service="s"');
  });

  it('cannot be broken out of, by any host name or scope', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('"', '\\', ',', '\r\n', 'a') }),
    );
    fc.assert(
      fc.property(texts, texts, texts, (realm, service, scope) => {
        const challenge = bearerChallenge({ realm, service, scope });
        expect(challenge).toMatch(/^[\x20-\x7e]+$/);
        expect(parameters(challenge)).toEqual([
          ['realm', printable(realm)],
          ['service', printable(service)],
          ['scope', printable(scope)],
        ]);
        new Headers({ 'WWW-Authenticate': challenge });
      }),
    );
  });

  /** As RFC 9110 §5.6.4 reads it; what is left over is an empty name. */
  function parameters(challenge: string): readonly (readonly [string, string])[] {
    const found: [string, string][] = [];
    const rest = challenge
      .replace(/^Bearer /, '')
      .replace(/(\w+)="((?:[^"\\]|\\.)*)"(?:,|$)/gy, (_, name: string, value: string) => {
        found.push([name, value.replace(/\\(.)/g, '$1')]);
        return '';
      });
    return rest === '' ? found : [...found, ['', rest]];
  }

  function printable(text: string): string {
    return text.replace(/[^\x20-\x7e]/g, '?');
  }
});
