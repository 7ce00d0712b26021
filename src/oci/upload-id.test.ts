import { describe, expect, it } from 'bun:test';
import { newUploadId, parseUploadId } from './upload-id.ts';

describe('upload ids', () => {
  it('are read back as they were made', () => {
    const id = newUploadId();
    expect(parseUploadId(id)).toBe(id);
    expect(newUploadId()).not.toBe(id);
  });

  const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
  for (const text of ['', '..', '../x', id.toUpperCase(), `${id}\n`, ` ${id}`, `${id}/..`, `${id}\0`, id.slice(1)]) {
    it(`are not ${JSON.stringify(text)}`, () => expect(parseUploadId(text)).toBeUndefined());
  }
});
