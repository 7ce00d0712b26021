import { expect, it } from 'bun:test';
import { freePort } from '../../test/support/ports.ts';
import { MovingError } from '../moving/taking.ts';
import { withSourceTree } from './source-trees.ts';

it('a bucket where nothing answers is told to whoever named it', async () => {
  const before = { ...process.env };
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });
  try {
    const source = `s3://images?endpoint=http://127.0.0.1:${await freePort()}&region=us-east-1`;
    const failure = await withSourceTree(source, undefined, async () => undefined).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(MovingError);
    expect(String(failure)).toContain('s3://images at http://127.0.0.1');
  } finally {
    process.env = before;
  }
});
