import { describe, expect, it } from 'bun:test';
import { UnsafeAddressError } from '../client-error.ts';
import { parseRegistryAddress } from '../registry-address.ts';
import { isTrustedWithPassword, parseRealm } from './realm.ts';

const hub = parseRegistryAddress('docker.io');
const lan = parseRegistryAddress('registry.lan:5000', 'http');
const here = parseRegistryAddress('localhost:5000');

describe('a token service', () => {
  const refused = [
    [hub, 'http://auth.docker.io/token'],
    [hub, 'https://127.0.0.1/token'],
    [hub, 'https://169.254.169.254/token'],
    [hub, 'https://[::7f00:1]/token'],
    [hub, 'https://[::1]/token'],
    [hub, 'https://[::ffff:10.0.0.1]/token'],
    [hub, 'https://localhost:8443/token'],
    [hub, 'https://a:b@auth.docker.io/token'],
    [hub, 'file:///etc/passwd'],
    [lan, 'http://elsewhere.lan/token'],
    [lan, 'http://127.0.0.1/token'],
  ] as const;
  for (const [registry, realm] of refused) {
    it(`of ${registry.name} is not asked at ${realm}`, () =>
      expect(() => parseRealm(realm, registry, {})).toThrow(UnsafeAddressError));
  }

  const asked = [
    [hub, 'https://auth.docker.io/token'],
    [lan, 'http://registry.lan:5001/token'],
    [lan, 'https://elsewhere.lan/token'],
    [here, 'http://127.0.0.1:5001/token'],
    [parseRegistryAddress('ghcr.io'), '/token'],
  ] as const;
  for (const [registry, realm] of asked) {
    it(`of ${registry.name} is asked at ${realm}`, () =>
      expect(parseRealm(realm, registry, {}).href).toBe(new URL(realm, registry.origin).href));
  }

  it('is given a password in the domain of the registry only', () => {
    const trusts = (registry: string, realm: string, trustedRealms: readonly string[] = []): boolean =>
      isTrustedWithPassword(new URL(realm), parseRegistryAddress(registry), { trustedRealms });
    expect(trusts('docker.io', 'https://auth.docker.io/token')).toBe(true);
    expect(trusts('registry.gitlab.com', 'https://gitlab.com/jwt/auth')).toBe(true);
    expect(trusts('registry.redhat.io', 'https://sso.redhat.com/auth')).toBe(true);
    expect(trusts('docker.io', 'https://docker.io.evil.example/token')).toBe(false);
    expect(trusts('registry.a.co.uk', 'https://evil.co.uk/token')).toBe(false);
    expect(trusts('10.0.0.1', 'https://10.0.0.2/token')).toBe(false);
    expect(trusts('a.example.org', 'https://auth.other.org/token')).toBe(false);
    expect(trusts('ours.azurecr.io', 'https://ours.azurecr.io/oauth2/token')).toBe(true);
    expect(trusts('ours.azurecr.io', 'https://theirs.azurecr.io/oauth2/token')).toBe(false);
    expect(trusts('id.c1.gra9.container-registry.ovh.net', 'https://vps1.ovh.net/service/token')).toBe(false);
    expect(trusts('registry.ours.fly.dev', 'https://theirs.fly.dev/token')).toBe(false);
    expect(trusts('10.0.0.1.nip.io', 'https://10.66.0.1.nip.io/token')).toBe(false);
    expect(trusts('a.example.org', 'https://auth.other.org/token', ['auth.other.org'])).toBe(true);
  });
});
