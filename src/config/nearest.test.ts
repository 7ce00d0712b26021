import { describe, expect, it } from 'bun:test';
import { nearest } from './nearest.ts';
import { ALL_SETTINGS } from './settings.ts';

describe('the nearest setting', () => {
  const cases = [
    ['HAVRE_DTAA', 'HAVRE_DATA'],
    ['HAVRE_URL', 'HAVRE_PUBLIC_URL'],
    ['HAVRE_HTTP_PUBLIC_URL', 'HAVRE_PUBLIC_URL'],
    ['HAVRE_ADDRESS', 'HAVRE_HTTP_ADDRESS'],
    ['HAVRE_HTTP_ADDR', 'HAVRE_HTTP_ADDRESS'],
    ['HAVRE_PASSWORD', 'HAVRE_AUTH_PASSWORD'],
    ['HAVRE_TLS_CERT', 'HAVRE_TLS_CERTIFICATE'],
    ['HAVRE_LOGLEVEL', 'HAVRE_LOG_LEVEL'],
    ['havre_log_level', 'HAVRE_LOG_LEVEL'],
    ['HAVRE_GC_INTERVAL', 'HAVRE_GC_INTERVAL_SECONDS'],
    ['HAVRE_GC_GRACE_SECOND', 'HAVRE_GC_GRACE_SECONDS'],
    ['HAVRE_DELETE', 'HAVRE_DELETE_ENABLED'],
  ] as const;

  for (const [written, expected] of cases) {
    it(`to ${written} is ${expected}`, () => {
      expect(
        nearest(
          written,
          ALL_SETTINGS.map(({ variable }) => variable),
        ),
      ).toBe(expected);
    });
  }
});
