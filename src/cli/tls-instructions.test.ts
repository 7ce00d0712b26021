import { describe, expect, it } from 'bun:test';
import { tlsInstructions } from './tls-instructions.ts';

const files = {
  authorityCertificate: '/srv/certs/ca.crt',
  certificate: '/srv/certs/server.crt',
  key: '/srv/certs/server.key',
  names: ['registry.lan', '192.0.2.1'],
  port: 5000,
};

describe('what to do after tls init', () => {
  it('tells the server its files, and each client where the authority goes', () => {
    const text = tlsInstructions(files);
    for (const line of [
      'HAVRE_TLS_CERTIFICATE=/srv/certs/server.crt',
      'HAVRE_TLS_KEY=/srv/certs/server.key',
      `sudo install -D -m 0644 ca.crt '/etc/docker/certs.d/registry.lan:5000/ca.crt'`,
      `sudo install -D -m 0644 ca.crt '/etc/containers/certs.d/registry.lan:5000/ca.crt'`,
      `sudo install -D -m 0644 ca.crt '/etc/containerd/certs.d/registry.lan:5000/ca.crt'`,
      'curl --cacert ca.crt https://registry.lan:5000/v2/',
      'sudo update-ca-certificates',
    ]) {
      expect(text).toContain(line);
    }
  });

  it('has a command for containerd that writes what containerd reads', () => {
    const text = tlsInstructions(files);
    const command = /printf[^|]*/.exec(text)?.[0] ?? '';
    const written = Bun.spawnSync(['sh', '-c', command]).stdout.toString();
    expect(Bun.TOML.parse(written)).toEqual({
      server: 'https://registry.lan:5000',
      host: {
        'https://registry.lan:5000': {
          capabilities: ['pull', 'resolve', 'push'],
          ca: '/etc/containerd/certs.d/registry.lan:5000/ca.crt',
        },
      },
    });
  });

  it('warns of the one file that must stay', () =>
    expect(tlsInstructions(files)).toContain('Keep /srv/certs/ca.key to yourself'));

  it('leaves out port 443, as images do, and says when not to', () => {
    const text = tlsInstructions({ ...files, port: 443 });
    expect(text).toContain('/etc/docker/certs.d/registry.lan/ca.crt');
    expect(text).toContain('https://registry.lan/v2/');
    expect(text).toContain('called registry.lan:443 as well');
  });

  it('shows a name that can be typed', () => {
    expect(tlsInstructions({ ...files, names: ['*.lan'] })).toContain('certs.d/registry.lan:5000/');
    expect(tlsInstructions({ ...files, names: ['*.lan', 'hub.lan'] })).toContain('certs.d/hub.lan:5000/');
    expect(tlsInstructions({ ...files, names: ['::1'] })).toContain('https://[::1]:5000/v2/');
  });
});
