import { describe, expect, it } from 'bun:test';
import { runHavre } from '../../../test/support/cli.ts';
import type { Overrides } from '../cli-host.ts';

async function serve(
  line: string,
): Promise<{ readonly exitCode: number; readonly stderr: string; readonly overrides: unknown }> {
  const seen: Overrides[] = [];
  const host = {
    serve: async (overrides: Overrides) => {
      seen.push(overrides);
      return 7;
    },
  };
  const { exitCode, stderr } = await runHavre(line.split(' '), { host });
  return { exitCode, stderr, overrides: seen[0] };
}

describe('havre serve', () => {
  it('ends as the server ends', async () => {
    expect(await serve('serve')).toEqual({ exitCode: 7, stderr: '', overrides: {} });
  });

  it('hands on what the command line sets', async () => {
    const { overrides } = await serve(
      'serve --data /srv/havre --config /etc/havre.yaml --address :80 --set log.level=debug --set auth.realm=a=b',
    );
    expect(overrides).toEqual({
      data: '/srv/havre',
      config: '/etc/havre.yaml',
      'http.address': ':80',
      'log.level': 'debug',
      'auth.realm': 'a=b',
    });
  });

  it('hands on what the node is to do, and knows what there is', async () => {
    expect((await serve('serve --role=worker')).overrides).toEqual({ role: 'worker' });
    expect(await serve('serve --role=manager')).toMatchObject({ exitCode: 2, overrides: undefined });
  });

  it("leaves a configuration of distribution's aside", async () => {
    const { exitCode, stderr, overrides } = await serve('serve /etc/docker/registry/no-config.yml');
    expect({ exitCode, overrides }).toEqual({ exitCode: 7, overrides: {} });
    expect(stderr).toStartWith('Ignored /etc/docker/registry/no-config.yml: ');
  });

  it('knows what a setting looks like', async () => {
    expect(await serve('serve --set debug')).toMatchObject({ exitCode: 2, overrides: undefined });
  });
});
