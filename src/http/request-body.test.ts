import { describe, expect, it } from 'bun:test';
import { BodyTooLargeError, readBounded } from './request-body.ts';

/** A request whose body arrives in these pieces. */
function requestOf(pieces: Iterable<Uint8Array>): Request {
  const iterator = pieces[Symbol.iterator]();
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const { value, done } = iterator.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
  });
  return new Request('http://localhost/', { method: 'PUT', body });
}

function* bytesOneByOne(count: number): Iterable<Uint8Array> {
  for (let index = 0; index < count; index++) yield Uint8Array.of(index % 251);
}

describe('a body that is read whole', () => {
  it('is what was sent, however it was cut', async () => {
    const pieces = [[], [1, 2, 3], [], [4], [5, 6, 7, 8, 9]].map((numbers) => Uint8Array.from(numbers));
    expect(await readBounded(requestOf(pieces), 9)).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9));
    expect(await readBounded(requestOf([]), 9)).toEqual(new Uint8Array());
    expect(await readBounded(new Request('http://localhost/'), 9)).toEqual(new Uint8Array());
  });

  it('is what was sent, byte by byte', async () => {
    const body = await readBounded(requestOf(bytesOneByOne(10_000)), 10_000);
    expect(body).toEqual(Uint8Array.from({ length: 10_000 }, (_, index) => index % 251));
  });

  it('is refused at the byte too many, announced or not', async () => {
    const outcome = await readBounded(requestOf(bytesOneByOne(10)), 9).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(BodyTooLargeError);
    const announced = new Request('http://localhost/', { method: 'PUT', body: 'ten bytes!' });
    announced.headers.set('content-length', '10');
    expect(await readBounded(announced, 9).catch((error: unknown) => error)).toBeInstanceOf(BodyTooLargeError);
  });
});
