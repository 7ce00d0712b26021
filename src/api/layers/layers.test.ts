import { afterEach, beforeEach, describe, expect, it } from 'bun:test';
import { SOMEBODY } from '../../../test/support/actor.ts';
import { askAdmin, openInstallation, type Installation } from '../../../test/support/admin.ts';
import { contentOf, IMAGE_LAYER, type Content } from '../../../test/support/image.ts';
import { pushBlob } from '../../../test/support/pushed-image.ts';
import { identityOf, localAdministrator, type Identity } from '../../auth/identity.ts';
import { ANONYMOUS } from '../../auth/principal.ts';
import { NOTHING } from '../../auth/rights.ts';
import { parseDigest } from '../../oci/digest.ts';
import { RateLimitedError } from '../../oci/errors.ts';
import { layerEndpoints } from './handlers.ts';

let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation();
});

afterEach(() => installation.close());

/** A header of ustar, of a file that is empty. */
function header(name: string, modified: readonly number[]): Uint8Array {
  const block = new Uint8Array(512);
  const write = (text: string, at: number): void => block.set(new TextEncoder().encode(text), at);
  write(name, 0);
  write('0000644\0', 100);
  write('00000000000\0', 124);
  block.set(modified, 136);
  write('        0', 148);
  write('ustar\x0000', 257);
  const sum = block.reduce((all, byte) => all + byte, 0);
  write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

const OCTAL = [...new TextEncoder().encode('14524602000\0')];
/** In base 256: in some 35,000 years. */
const FAR_AWAY = [0x80, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0];

function layerOf(names: readonly string[], modified: readonly number[] = OCTAL): Content {
  const blocks = [...names.map((name) => header(name, modified)), new Uint8Array(1024)];
  return contentOf(`${IMAGE_LAYER}+gzip`, Bun.gzipSync(new Uint8Array(Buffer.concat(blocks))));
}

const ANYBODY = { principal: ANONYMOUS, generation: '', isAdministrator: false, rights: NOTHING };

const pathOf = (layer: Content, repository = 'team%2Fapp'): string =>
  `/repositories/${repository}/layers/${layer.digest}/files`;

describe('the files of a layer', () => {
  it('are listed in pages to whoever may pull', async () => {
    const layer = layerOf(['etc/a', 'etc/.wh.b', 'usr/c']);
    await pushBlob(installation, 'team/app', layer);
    const first = await askAdmin(installation, 'GET', `${pathOf(layer)}?limit=1`);
    expect(first.document).toEqual({
      files: [
        {
          path: 'etc/a',
          type: 'file',
          size: 0,
          mode: 0o644,
          modifiedAt: new Date(0o14524602000 * 1000).toISOString(),
          linkTarget: null,
          whiteout: null,
        },
      ],
      stoppedBy: null,
      next: '1',
    });
    const second = await askAdmin(installation, 'GET', `${pathOf(layer)}?after=1&prefix=etc/`);
    expect(second.document).toMatchObject({ files: [{ path: 'etc/b', whiteout: 'file' }], next: null });
  });

  it('have no time where that is none of this calendar', async () => {
    const layer = layerOf(['a'], FAR_AWAY);
    await pushBlob(installation, 'team/app', layer);
    const { document } = await askAdmin(installation, 'GET', pathOf(layer));
    expect(document).toMatchObject({ files: [{ path: 'a', modifiedAt: null }], stoppedBy: null });
  });

  it('are those of a repository that has it: of no other, though it is there', async () => {
    const layer = layerOf(['a']);
    await pushBlob(installation, 'team/app', layer);
    const { status, document } = await askAdmin(installation, 'GET', pathOf(layer, 'other'));
    expect([status, document['type']]).toEqual([404, expect.stringContaining('BLOB_UNKNOWN')]);
  });

  it('of more layers than four at once are for later, and than two of one who asks', async () => {
    const layer = layerOf(['a']);
    const digest = parseDigest(layer.digest);
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    /** Says nothing until it is opened. */
    const held = (): ReadableStream<Uint8Array> =>
      new ReadableStream({
        pull: async (controller) => {
          await opened;
          controller.enqueue(layer.bytes);
          controller.close();
        },
      });
    const blobs = { get: async () => ({ digest, size: layer.bytes.length, read: held }) };
    const [files] = layerEndpoints({ blobs });
    const ask = async (identity: Identity, source: string): Promise<number | undefined> => {
      const call = {
        identity,
        actor: SOMEBODY,
        arrival: { source, requestId: '', secure: true, host: '' },
        record: async () => undefined,
        reply: new Headers(),
        signal: new AbortController().signal,
      };
      return (await files?.answer({ repository: 'team/app', digest }, call))?.status;
    };
    const refused = async (identity: Identity, source: string): Promise<void> => {
      expect(await ask(identity, source).catch((error: unknown) => error)).toBeInstanceOf(RateLimitedError);
    };
    const [ada, nobody] = [localAdministrator(), identityOf({ account: ANYBODY, scheme: 'none' })];
    const running = [ask(ada, '192.0.2.1'), ask(ada, '192.0.2.2')];
    await refused(ada, '192.0.2.3');
    running.push(ask(nobody, '192.0.2.1'));
    running.push(ask(nobody, '192.0.2.2'));
    await refused(nobody, '192.0.2.3');
    open();
    expect(await Promise.all(running)).toEqual([200, 200, 200, 200]);
    const again = [ask(nobody, '192.0.2.1'), ask(nobody, '192.0.2.1')];
    await refused(nobody, '192.0.2.1');
    expect(await Promise.all([...again, ask(nobody, '192.0.2.2')])).toEqual([200, 200, 200]);
  });

  it('are none of what is no archive', async () => {
    const config = contentOf('application/json', new TextEncoder().encode('{}'.repeat(600)));
    await pushBlob(installation, 'team/app', config);
    const { document } = await askAdmin(installation, 'GET', pathOf(config));
    expect(document).toEqual({ files: [], stoppedBy: 'damage', next: null });
  });
});
