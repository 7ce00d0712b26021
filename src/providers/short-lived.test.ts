import { describe, expect, it } from 'bun:test';
import { ShortLived } from './short-lived.ts';

const SIGNAL = new AbortController().signal;
const HOUR = 3_600_000;

function tokens(): { token: ShortLived<{ name: string; expiresAt: Date }>; at: { now: number; isDown: boolean } } {
  const at = { now: 0, isDown: false };
  let made = 0;
  const make = async (): Promise<{ name: string; expiresAt: Date }> => {
    if (at.isDown) throw new Error('down');
    made += 1;
    return { name: `token ${made}`, expiresAt: new Date(at.now + HOUR) };
  };
  return { token: new ShortLived(make, () => at.now), at };
}

describe('a token that ends', () => {
  it('is made once, and kept for half of its life', async () => {
    const { token, at } = tokens();
    expect((await token.get(SIGNAL)).name).toBe('token 1');
    at.now = HOUR / 2 - 1;
    expect((await token.get(SIGNAL)).name).toBe('token 1');
    at.now = HOUR / 2;
    expect((await token.get(SIGNAL)).name).toBe('token 2');
  });

  it('goes on while the next one cannot be had, until it ends', async () => {
    const { token, at } = tokens();
    await token.get(SIGNAL);
    at.isDown = true;
    at.now = HOUR - 1;
    expect((await token.get(SIGNAL)).name).toBe('token 1');
    at.now = HOUR;
    expect(token.get(SIGNAL)).rejects.toThrow('down');
  });

  it('is made anew when somebody wants to know whether it can be', async () => {
    const { token, at } = tokens();
    await token.get(SIGNAL);
    at.isDown = true;
    expect(token.renew(SIGNAL)).rejects.toThrow('down');
  });

  it('is forgotten when it was refused', async () => {
    const { token } = tokens();
    await token.get(SIGNAL);
    token.drop();
    expect((await token.get(SIGNAL)).name).toBe('token 2');
  });
});
