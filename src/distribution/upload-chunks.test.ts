import { describe, expect, it } from 'bun:test';
import { errorReply } from '../../test/support/error-reply.ts';
import { randomBlob, type Content } from '../../test/support/image.ts';
import { RawConnection } from '../../test/support/raw-connection.ts';
import { withDigest, type Sending } from '../../test/support/registry-client.ts';
import { newRepository, openRegistry, sharedRegistry } from '../../test/support/registry-under-test.ts';

const registry = sharedRegistry({ store: 'filesystem' });
const OCTETS = { 'content-type': 'application/octet-stream' };

/** Bytes `first` to `end`, the latter not included, of a blob as a chunk that says where it belongs. */
function chunk({ bytes }: Content, first: number, end: number): Sending {
  return { headers: { ...OCTETS, 'content-range': `${first}-${end - 1}` }, body: bytes.subarray(first, end) };
}

function stream(...pieces: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
}

async function opened(): Promise<{ repository: string; session: string }> {
  const repository = newRepository();
  return { repository, session: await registry().client.openUpload(repository) };
}

/** Where the session stands, as its GET says. */
async function rangeOf(session: string): Promise<string | null> {
  return (await registry().client.expect(204, 'GET', session)).headers.get('range');
}

async function finish(repository: string, session: string, blob: Content, last: Sending = {}): Promise<void> {
  const reply = await registry().client.send('PUT', withDigest(session, blob.digest), last);
  expect(reply.status).toBe(201);
  expect(reply.headers.get('location')).toBe(`/v2/${repository}/blobs/${blob.digest}`);
  expect(reply.headers.get('docker-content-digest')).toBe(blob.digest);
  expect(await registry().client.pullBlob(repository, blob.digest)).toEqual(blob.bytes);
}

describe('PATCH of a chunk', () => {
  it('is 202 with where the next one belongs', async () => {
    const { session } = await opened();
    const reply = await registry().client.send('PATCH', session, chunk(randomBlob(100), 0, 100));
    expect(reply.status).toBe(202);
    expect(reply.headers.get('location')).toBe(session);
    expect(reply.headers.get('range')).toBe('0-99');
    expect(reply.headers.get('docker-upload-uuid')).toBe(session.split('/').at(-1) ?? '');
    expect(reply.headers.get('content-length')).toBe('0');
  });

  it('may be the last, before an empty PUT (rule 9)', async () => {
    const { repository, session } = await opened();
    const blob = randomBlob(250);
    for (const first of [0, 100, 200]) {
      await registry().client.expect(202, 'PATCH', session, chunk(blob, first, Math.min(first + 100, 250)));
    }
    await finish(repository, session, blob);
  });

  it('may be followed by the last in the PUT (rule 9)', async () => {
    const { repository, session } = await opened();
    const blob = randomBlob(250);
    await registry().client.expect(202, 'PATCH', session, chunk(blob, 0, 200));
    await finish(repository, session, blob, chunk(blob, 200, 250));
  });

  it('may be followed by a last in the PUT that does not say where it belongs', async () => {
    const { repository, session } = await opened();
    const blob = randomBlob(250);
    await registry().client.expect(202, 'PATCH', session, chunk(blob, 0, 200));
    await finish(repository, session, blob, { headers: OCTETS, body: blob.bytes.subarray(200) });
  });

  it('takes what Go clients of Docker stream: no Content-Range, no Content-Length', async () => {
    const { repository, session } = await opened();
    const blob = randomBlob(200_000);
    const body = stream(blob.bytes.subarray(0, 70_000), blob.bytes.subarray(70_000));
    const reply = await registry().client.expect(202, 'PATCH', session, { headers: OCTETS, body });
    expect(reply.headers.get('range')).toBe('0-199999');
    await finish(repository, session, blob);
  });

  it('appends a stream where the last one ended', async () => {
    const { repository, session } = await opened();
    const blob = randomBlob(300);
    for (const first of [0, 100, 200]) {
      const body = stream(blob.bytes.subarray(first, first + 100));
      await registry().client.expect(202, 'PATCH', session, { body });
    }
    await finish(repository, session, blob);
  });

  const types = ['', 'application/octet-stream', 'application/json', 'text/plain', 'application/x-www-form-urlencoded'];
  for (const type of types) {
    it(`takes its bytes as they are, whatever type it has (rule 6): ${type || 'none'}`, async () => {
      const { repository, session } = await opened();
      const blob = randomBlob(100);
      const headers = type === '' ? {} : { 'content-type': type };
      await registry().client.expect(202, 'PATCH', session, { headers, body: blob.bytes });
      await finish(repository, session, blob);
    });
  }

  const ranges = [
    (end: number) => `0-${end}`,
    (end: number) => `bytes 0-${end}/*`,
    (end: number) => `bytes 0-${end}/100`,
  ];
  for (const range of ranges) {
    it(`reads the form of the specification and that of HTTP: ${range(99)}`, async () => {
      const { session } = await opened();
      const headers = { ...OCTETS, 'content-range': range(99) };
      await registry().client.expect(202, 'PATCH', session, { headers, body: new Uint8Array(100) });
    });
  }

  it('may be of one byte, and of none', async () => {
    const { session } = await opened();
    await registry().client.expect(202, 'PATCH', session, { headers: OCTETS, body: new Uint8Array(1) });
    await registry().client.expect(202, 'PATCH', session, { headers: OCTETS });
    expect(await rangeOf(session)).toBe('0-0');
  });

  it('may have any size (rule 17)', async () => {
    const { repository, session } = await opened();
    const blob = randomBlob(10_000);
    let first = 0;
    for (const size of [1, 7, 4096, 1, 5895]) {
      await registry().client.expect(202, 'PATCH', session, chunk(blob, first, first + size));
      first += size;
    }
    await finish(repository, session, blob);
  });
});

describe('a chunk that does not begin where the session stands (rule 1)', () => {
  it('is 416 RANGE_INVALID with Location and Range, and the session goes on', async () => {
    const { repository, session } = await opened();
    const blob = randomBlob(300);
    await registry().client.expect(202, 'PATCH', session, chunk(blob, 0, 100));
    const reply = await registry().client.send('PATCH', session, chunk(blob, 200, 300));
    expect(reply.headers.get('location')).toBe(session);
    expect(reply.headers.get('range')).toBe('0-99');
    expect(await errorReply(reply)).toMatchObject({ status: 416, code: 'RANGE_INVALID' });
    expect(await rangeOf(session)).toBe('0-99');
    await registry().client.expect(202, 'PATCH', session, chunk(blob, 100, 300));
    await finish(repository, session, blob);
  });

  it('is 416 where the first begins late', async () => {
    const { repository, session } = await opened();
    const blob = randomBlob(300);
    const reply = await registry().client.send('PATCH', session, chunk(blob, 100, 200));
    expect(reply.status).toBe(416);
    expect(await rangeOf(session)).toBe('0-0');
    await registry().client.expect(202, 'PATCH', session, chunk(blob, 0, 300));
    await finish(repository, session, blob);
  });

  it('is 416 where one is sent again, which is not appended twice', async () => {
    const { repository, session } = await opened();
    const blob = randomBlob(200);
    await registry().client.expect(202, 'PATCH', session, chunk(blob, 0, 100));
    expect((await registry().client.send('PATCH', session, chunk(blob, 0, 100))).status).toBe(416);
    await registry().client.expect(202, 'PATCH', session, chunk(blob, 100, 200));
    await finish(repository, session, blob);
  });

  it('is 416 in the PUT, which then can be sent again', async () => {
    const { repository, session } = await opened();
    const blob = randomBlob(300);
    await registry().client.expect(202, 'PATCH', session, chunk(blob, 0, 200));
    const address = withDigest(session, blob.digest);
    const reply = await registry().client.send('PUT', address, chunk(blob, 100, 300));
    expect(reply.headers.get('range')).toBe('0-199');
    expect(await errorReply(reply)).toMatchObject({ status: 416, code: 'RANGE_INVALID' });
    expect((await registry().client.send('GET', address)).status).toBe(204);
    await finish(repository, session, blob, chunk(blob, 200, 300));
  });
});

describe('a chunk that is not what it says (rule 2)', () => {
  const ranges = [
    ['too long a range', '0-150'],
    ['too short a range', '0-50'],
    ['backwards', '99-0'],
    ['no range', 'nothing'],
    ['negative', '-1-98'],
    ['without end', '0-'],
    ['beyond its own total', 'bytes 0-99/50'],
    ['beyond all numbers', `0-${'9'.repeat(30)}`],
  ] as const;
  for (const [name, range] of ranges) {
    it(`is 400 SIZE_INVALID, and none of it stays: ${name}`, async () => {
      const { session } = await opened();
      const sending = { headers: { ...OCTETS, 'content-range': range }, body: new Uint8Array(100) };
      const reply = await registry().client.send('PATCH', session, sending);
      expect(await errorReply(reply)).toMatchObject({ status: 400, code: 'SIZE_INVALID' });
      expect(await rangeOf(session)).toBe('0-0');
    });
  }

  for (const [name, sent] of [
    ['more', 150],
    ['fewer', 50],
    ['no', 0],
  ] as const) {
    it(`is 400 SIZE_INVALID, and none of it stays: a stream of ${name} bytes than its range`, async () => {
      const { session } = await opened();
      const sending = { headers: { 'content-range': '0-99' }, body: stream(new Uint8Array(sent)) };
      const reply = await registry().client.send('PATCH', session, sending);
      expect(await errorReply(reply)).toMatchObject({ status: 400, code: 'SIZE_INVALID' });
      expect(await rangeOf(session)).toBe('0-0');
    });
  }

  it('is 400 SIZE_INVALID where it announces bytes and has none', async () => {
    const { session } = await opened();
    const reply = await registry().client.send('PATCH', session, { headers: { 'content-range': '0-99' } });
    expect(await errorReply(reply)).toMatchObject({ status: 400, code: 'SIZE_INVALID' });
  });

  it('leaves the session where it was, to be continued', async () => {
    const { repository, session } = await opened();
    const blob = randomBlob(300);
    await registry().client.expect(202, 'PATCH', session, chunk(blob, 0, 100));
    const wrong = { headers: { 'content-range': '100-199' }, body: stream(blob.bytes.subarray(0, 250)) };
    expect((await registry().client.send('PATCH', session, wrong)).status).toBe(400);
    expect(await rangeOf(session)).toBe('0-99');
    await finish(repository, session, blob, chunk(blob, 100, 300));
  });

  it('may be an empty PUT with a range of nothing, as regclient ends its chunks', async () => {
    const { repository, session } = await opened();
    const blob = randomBlob(100);
    await registry().client.expect(202, 'PATCH', session, chunk(blob, 0, 100));
    await finish(repository, session, blob, {
      headers: { ...OCTETS, 'content-range': '100-100', 'content-length': '0' },
    });
  });
});

describe('an upload larger than is allowed', () => {
  it('is 413 SIZE_INVALID, told before and while it is sent, and smaller ones are taken', async () => {
    await using limited = await openRegistry({ limits: { uploadBytes: 1000 } });
    const session = await limited.client.openUpload('a');
    const announced = await limited.client.send('PATCH', session, { headers: OCTETS, body: new Uint8Array(1001) });
    expect(await errorReply(announced)).toMatchObject({ status: 413, code: 'SIZE_INVALID' });
    const streamed = await limited.client.send('PATCH', session, {
      body: stream(new Uint8Array(600), new Uint8Array(600)),
    });
    expect(await errorReply(streamed)).toMatchObject({ status: 413, code: 'SIZE_INVALID' });
    await limited.client.pushBlob('a', randomBlob(1000));
  });

  it('is 413 where only the chunks together are too much', async () => {
    await using limited = await openRegistry({ limits: { uploadBytes: 1000 } });
    const session = await limited.client.openUpload('a');
    await limited.client.expect(202, 'PATCH', session, { headers: OCTETS, body: new Uint8Array(900) });
    const reply = await limited.client.send('PATCH', session, { headers: OCTETS, body: new Uint8Array(101) });
    expect(reply.status).toBe(413);
    expect((await limited.client.send('GET', session)).headers.get('range')).toBe('0-899');
  });
});

describe('a client that goes away in the middle (rule 2)', () => {
  /** Says that it sends bytes 100 000 to 400 000, sends a part of them, and then nothing. */
  async function sendPart(session: string, blob: Content): Promise<RawConnection> {
    const connection = await RawConnection.open(registry().url);
    connection.write(
      `PATCH ${session} HTTP/1.1\r\nHost: havre\r\nAuthorization: ${registry().authorization}\r\n` +
        `Content-Range: 100000-399999\r\nContent-Length: 300000\r\n\r\n`,
    );
    connection.write(blob.bytes.subarray(100_000, 300_000));
    return connection;
  }

  /** As a client does it: asks where the session stands by trying, and goes on from there. */
  async function resume(session: string, blob: Content): Promise<void> {
    for (let offset = 0, tries = 0; tries < 5; tries++) {
      const reply = await registry().client.send('PATCH', session, chunk(blob, offset, 400_000));
      if (reply.status === 202) return;
      expect(reply.status).toBe(416);
      offset = Number(reply.headers.get('range')?.slice(2)) + 1;
      expect(offset).toBeGreaterThanOrEqual(100_000);
    }
    throw new Error('the session is always somewhere else');
  }

  it('goes on from wherever the session says that it stands, and the blob is whole', async () => {
    const { repository, session } = await opened();
    const blob = randomBlob(400_000);
    await registry().client.expect(202, 'PATCH', session, chunk(blob, 0, 100_000));
    for (const cut of [(gone: RawConnection) => gone.end(), (gone: RawConnection) => gone.cut()]) {
      using gone = await sendPart(session, blob);
      cut(gone);
      const offset = Number((await rangeOf(session))?.slice(2)) + 1;
      expect(offset).toBeGreaterThanOrEqual(100_000);
      expect(offset).toBeLessThanOrEqual(300_000);
    }
    await resume(session, blob);
    await finish(repository, session, blob);
    expect(registry().failures).toEqual([]);
  });

  it('takes the session over from its own dead connection, which is told 416 (rule 14)', async () => {
    const { repository, session } = await opened();
    const blob = randomBlob(400_000);
    await registry().client.expect(202, 'PATCH', session, chunk(blob, 0, 100_000));
    using dead = await sendPart(session, blob);
    await resume(session, blob);
    const told = await dead.reply();
    expect(told?.status).toBe(416);
    expect(told?.headers.get('location')).toBe(session);
    await finish(repository, session, blob);
  });
});
