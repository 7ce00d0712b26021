import { describe, expect, it } from 'bun:test';
import { BoundedMap } from './bounded-map.ts';

describe('a bounded map', () => {
  it('never holds more than its capacity', () => {
    const map = new BoundedMap<number, number>(10);
    for (let key = 0; key < 1000; key++) {
      map.set(key, key);
      expect(map.size).toBeLessThanOrEqual(10);
    }
    expect(map.get(999)).toBe(999);
    expect(map.get(0)).toBeUndefined();
  });

  it('keeps what is used, however much passes by', () => {
    const map = new BoundedMap<string, number>(10);
    map.set('used', 1);
    for (let key = 0; key < 1000; key++) {
      map.set(String(key), key);
      expect(map.get('used')).toBe(1);
    }
  });

  it('holds the newest value of a key, and none once it is deleted', () => {
    const map = new BoundedMap<string, number>(4);
    map.set('key', 1);
    map.set('a', 0);
    map.set('b', 0);
    map.set('key', 2);
    expect(map.get('key')).toBe(2);
    map.delete('key');
    expect(map.get('key')).toBeUndefined();
    map.clear();
    expect(map.size).toBe(0);
  });
});
