import { describe, expect, it } from 'bun:test';
import { SOMEBODY } from '../../../test/support/actor.ts';
import { localAdministrator } from '../../auth/identity.ts';
import { matchEndpoint } from '../match-endpoint.ts';
import { sharedRegistryEndpoints } from './handlers.ts';

const WARNING = { en: 'Images kept there may be deleted at any time.', fr: 'Elles peuvent être supprimées.' };

const ENDPOINTS = sharedRegistryEndpoints({
  sharedRegistries: {
    regions: [
      { region: 'GRA', host: 'registry.gra.ai.cloud.ovh.net', project: 'pn-123456' },
      { region: 'BHS', host: 'registry.bhs.ai.cloud.ovh.net', project: undefined },
    ],
    warning: WARNING,
  },
});

async function get(path: string, query: object = {}): Promise<unknown> {
  const { endpoint, parameters } = matchEndpoint(ENDPOINTS, 'GET', path);
  const call = {
    identity: localAdministrator(),
    actor: SOMEBODY,
    record: async () => undefined,
    reply: new Headers(),
    signal: AbortSignal.timeout(5000),
  };
  return await (await endpoint.answer({ ...query, ...parameters }, call)).json();
}

describe('the shared registry of a region', () => {
  it('is shown as people need it: host, project, command and warning', async () => {
    expect(await get('/api/v1/shared-registries', { region: 'gra' })).toEqual({
      sharedRegistries: [
        {
          region: 'GRA',
          host: 'registry.gra.ai.cloud.ovh.net',
          project: 'pn-123456',
          loginCommand: 'docker login registry.gra.ai.cloud.ovh.net -u <username>',
          warning: WARNING,
        },
      ],
    });
    expect(await get('/api/v1/shared-registries')).toMatchObject({
      sharedRegistries: [{ region: 'GRA' }, { project: null }],
    });
    expect(await get('/api/v1/shared-registries', { region: 'SBG' })).toEqual({ sharedRegistries: [] });
  });

  it('is where a client of OVHcloud looks for it', async () => {
    const regions = '/cloud/project/pn-123456/ai/capabilities/region';
    expect(await get(regions)).toEqual([
      { id: 'GRA', registryUrl: 'registry.gra.ai.cloud.ovh.net' },
      { id: 'BHS', registryUrl: 'registry.bhs.ai.cloud.ovh.net' },
    ]);
    expect(await get(`${regions}/GRA`)).toEqual({ id: 'GRA', registryUrl: 'registry.gra.ai.cloud.ovh.net' });
    expect(get(`${regions}/SBG`)).rejects.toThrow('no shared registry in SBG');
  });
});
