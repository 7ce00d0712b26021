import { describe, expect, it } from 'bun:test';
import { tmpdir } from 'node:os';
import { ConfigError, loadConfig } from '../../config.ts';

function sharedRegistries(env: Record<string, string>): unknown {
  return loadConfig({ env, cwd: tmpdir() }).config.sharedRegistries;
}

describe('shared registries', () => {
  it('are a host for each region, and may name a project', () => {
    const regions = 'GRA=registry.gra.ai.cloud.ovh.net/pn-123456, BHS=registry.bhs.ai.cloud.ovh.net:443';
    expect(sharedRegistries({ HAVRE_SHARED_REGISTRIES_REGIONS: regions })).toMatchObject({
      regions: [
        { region: 'GRA', host: 'registry.gra.ai.cloud.ovh.net', project: 'pn-123456' },
        { region: 'BHS', host: 'registry.bhs.ai.cloud.ovh.net:443', project: undefined },
      ],
      warningInFrench: expect.stringContaining('peuvent être supprimées à tout moment'),
    });
  });

  it('are none, unless somebody names them', () => {
    expect(sharedRegistries({})).toMatchObject({ regions: [] });
  });

  it('are refused with a word on how they are written', () => {
    for (const wrong of ['GRA', 'GRA=', 'GRA=https://x', 'GRA=a;b', '=x', 'GRA=x/a/b']) {
      expect(() => sharedRegistries({ HAVRE_SHARED_REGISTRIES_REGIONS: wrong })).toThrow(ConfigError);
    }
  });
});
