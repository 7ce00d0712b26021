import { describe, expect, it } from 'bun:test';
import { clientOf } from './client-name.ts';

const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

describe('what a session was begun with', () => {
  it.each([
    [CHROME, 'Chrome', 'Linux'],
    [CHROME.replace('X11; Linux x86_64', 'Linux; Android 15; Pixel 9'), 'Chrome', 'Android'],
    [`${CHROME.replace('X11; Linux x86_64', 'Windows NT 10.0; Win64; x64')} Edg/140.0.0.0`, 'Edge', 'Windows'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:141.0) Gecko/20100101 Firefox/141.0', 'Firefox', 'macOS'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
      'Safari',
      'iOS',
    ],
    ['curl/8.14.1', 'curl', undefined],
    ['', '', undefined],
  ])('%s', (agent, program, system) => {
    expect(clientOf(agent)).toEqual({ program, system });
  });
});
