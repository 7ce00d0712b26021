import { describe, expect, it } from 'bun:test';
import { readReference, writeReference } from './reference.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;

describe('a reference in an address', () => {
  it.each([
    ['team/app:1.4', 'team/app', '1.4'],
    [`team/app@${DIGEST}`, 'team/app', DIGEST],
    ['team/app', 'team/app', 'latest'],
  ])('%s', (text, repository, reference) => expect(readReference(text)).toEqual({ repository, reference }));

  it.each(['team/app:1.4', `team/app@${DIGEST}`])('%s is written as it was read', (text) => {
    expect(writeReference(readReference(text))).toBe(text);
  });
});
