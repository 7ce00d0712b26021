import { beforeEach, describe, expect, it } from 'bun:test';
import { StoppedClock } from '../../../test/support/auth.ts';
import { LoginThrottle } from './login-throttle.ts';

let clock: StoppedClock;
let throttle: LoginThrottle;

beforeEach(() => {
  clock = new StoppedClock();
  throttle = new LoginThrottle({ clock: clock.now, capacity: 100 });
});

function fail(times: number, source: string, account: string): void {
  for (let time = 0; time < times; time++) throttle.recordFailure(source, account);
}

describe('the login throttle', () => {
  it('lets people mistype', () => {
    fail(4, 'home', 'ada');
    expect(throttle.waitSeconds('home', 'ada')).toBe(0);
  });

  it('makes a source wait for an account, twice as long each time, up to a bound', () => {
    fail(4, 'home', 'ada');
    const waits = Array.from({ length: 12 }, () => throttle.recordFailure('home', 'ada').waitSeconds);
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
  });

  it('lets it try again when the time is over', () => {
    fail(8, 'home', 'ada');
    expect(throttle.waitSeconds('home', 'ada')).toBe(8);
    clock.advance(7.5);
    expect(throttle.waitSeconds('home', 'ada')).toBe(1);
    clock.advance(0.5);
    expect(throttle.waitSeconds('home', 'ada')).toBe(0);
  });

  it('does not make other sources wait for that account, nor that source for other accounts', () => {
    fail(10, 'attacker', 'ada');
    expect(throttle.waitSeconds('home', 'ada')).toBe(0);
    expect(throttle.waitSeconds('attacker', 'bob')).toBe(0);
  });

  it('makes a source wait that tries one account after another', () => {
    for (let index = 0; index < 40; index++) fail(1, 'attacker', `user${index}`);
    expect(throttle.waitSeconds('attacker', 'ada')).toBeGreaterThan(0);
    expect(throttle.waitSeconds('home', 'ada')).toBe(0);
  });

  it('leaves each new source one try at an account that many attack, and its owner gets it too', () => {
    for (let index = 0; index < 60; index++) fail(1, `198.51.100.${index}`, 'ada');
    expect(throttle.waitSeconds('home', 'ada')).toBe(0);
    fail(1, '203.0.113.1', 'ada');
    expect(throttle.waitSeconds('203.0.113.1', 'ada')).toBe(1);
  });

  it('forgives an account after a right password', () => {
    fail(4, 'home', 'ada');
    throttle.recordSuccess('home', 'ada');
    expect(throttle.recordFailure('home', 'ada')).toEqual({ failures: 1, waitSeconds: 0 });
  });

  it('forgets after a quiet time', () => {
    fail(8, 'home', 'ada');
    clock.advance(900);
    expect(throttle.recordFailure('home', 'ada')).toEqual({ failures: 1, waitSeconds: 0 });
  });

  it('takes the neighbours of an IPv6 address for one source', () => {
    fail(8, '2001:db8:1:2::1', 'ada');
    expect(throttle.waitSeconds('2001:db8:1:2:3:4:5:6', 'ada')).toBeGreaterThan(0);
    expect(throttle.waitSeconds('2001:db8:1:3::1', 'ada')).toBe(0);
  });

  it('takes an IPv4 address in IPv6 form for what it is', () => {
    fail(8, '::ffff:192.0.2.1', 'ada');
    expect(throttle.waitSeconds('192.0.2.1', 'ada')).toBeGreaterThan(0);
    expect(throttle.waitSeconds('::ffff:192.0.2.2', 'ada')).toBe(0);
  });
});
