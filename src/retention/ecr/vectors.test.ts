import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'bun:test';
import { readVectors, resultOf } from '../../../test/support/lifecycle-vectors.ts';

describe('a lifecycle policy of ECR', () => {
  for (const vector of readVectors(readFileSync(join(import.meta.dir, 'vectors.jsonl'), 'utf8'))) {
    it(`${vector.id}: ${vector.note ?? ''}`, () => expect(resultOf(vector)).toEqual(vector.expected));
  }
});
