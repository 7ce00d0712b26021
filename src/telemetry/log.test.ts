import { describe, expect, it } from 'bun:test';
import { createAccessLog, type AccessLine } from './access-log.ts';
import { createLogger, type Logger, type LogOptions } from './log.ts';

function openLog(options: Partial<LogOptions> = {}): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const sink = { write: (line: string) => void lines.push(line), close: async () => {} };
  return { log: createLogger({ level: 'info', pretty: false, sink, ...options }), lines };
}

const line: AccessLine = {
  requestId: 'abc-1',
  method: 'GET',
  endpoint: 'end-3',
  repository: 'team/app',
  status: 200,
  bytesIn: 0,
  bytesOut: 1234,
  milliseconds: 1.234,
  source: '192.0.2.1',
  principal: 'alice',
  userAgent: 'docker/28.2.2 (linux\\x86)',
};

describe('the log', () => {
  it('writes one JSON object per line', () => {
    const { log, lines } = openLog();
    log.info({ url: 'http://localhost:5000' }, 'serving');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      url: 'http://localhost:5000',
      msg: 'serving',
    });
  });

  it('writes nothing below its level, which can change', () => {
    const { log, lines } = openLog({ level: 'warn' });
    log.info({}, 'unheard');
    createAccessLog(log)(line);
    expect(lines).toEqual([]);
    log.setLevel('debug');
    log.debug({}, 'heard');
    expect(lines).toHaveLength(1);
  });

  it('says why something failed, to the first cause', () => {
    const { log, lines } = openLog();
    log.error({ err: new Error('cannot store', { cause: new Error('disk full') }) }, 'a request failed');
    expect(lines[0]).toContain('cannot store');
    expect(lines[0]).toContain('disk full');
  });

  it('never writes a secret', () => {
    const { log, lines } = openLog();
    const knowing = { toJSON: () => '[secret]', toString: () => '[secret]' };
    log.info({ password: 'p1', user: { token: 'p2' }, headers: { authorization: 'Basic p3' }, knowing }, 'x');
    expect(lines[0]).not.toMatch(/p[123]/);
    expect(lines[0]?.match(/\[secret\]/g)).toHaveLength(4);
  });
});

describe('a request', () => {
  it('is one line of fields', () => {
    const { log, lines } = openLog();
    createAccessLog(log)(line);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'info',
      time: expect.any(String),
      requestId: 'abc-1',
      method: 'GET',
      endpoint: 'end-3',
      repository: 'team/app',
      status: 200,
      bytesIn: 0,
      bytesOut: 1234,
      ms: 1.23,
      source: '192.0.2.1',
      principal: 'alice',
      userAgent: 'docker/28.2.2 (linux\\x86)',
      msg: 'request',
    });
  });

  for (const milliseconds of [0, 0.004, 0.05, 0.1, 0.996, 1, 12.3, 99_999.99]) {
    it(`took ${milliseconds} ms, to two decimals`, () => {
      const { log, lines } = openLog();
      createAccessLog(log)({ ...line, milliseconds });
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({ ms: Number(milliseconds.toFixed(2)) });
    });
  }

  it('cannot forge another line, whatever the client calls itself', () => {
    const { log, lines } = openLog();
    const userAgent = 'x"}\n{"level":"error","msg":"forged\u2028\u001B[2J';
    createAccessLog(log)({ ...line, userAgent, principal: '\n"', repository: 'a"\nb', requestId: '"\n' });
    expect(lines[0]?.indexOf('\n')).toBe((lines[0]?.length ?? 0) - 1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ userAgent, principal: '\n"', level: 'info' });
  });

  it('that failed is an error, and says why', () => {
    const { log, lines } = openLog({ level: 'error' });
    createAccessLog(log)({ ...line, status: 500, failure: new Error('disk on fire') });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'error', err: { message: 'disk on fire' } });
  });

  it('of nobody, to nothing, leaves out what there is not', () => {
    const { log, lines } = openLog();
    createAccessLog(log)({ ...line, repository: undefined, principal: undefined, userAgent: null });
    const written: object = JSON.parse(lines[0] ?? '');
    expect(Object.keys(written)).not.toContain('repository');
    expect(Object.keys(written)).not.toContain('userAgent');
  });
});

describe('the log on a terminal', () => {
  it('reads as a sentence and its facts', () => {
    const { log, lines } = openLog({ pretty: true, colours: false });
    log.warn({ path: '/data dir', free: 12 }, 'the disk is nearly full');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d WARN {2}the disk is nearly full path="\/data dir" free=12\n$/);
  });

  it('names a client by its first word', () => {
    const { log, lines } = openLog({ pretty: true, colours: false });
    createAccessLog(log)(line);
    expect(lines[0]).toEndWith(' userAgent=docker/28.2.2\n');
  });

  it('has colours only when asked', () => {
    const { log, lines } = openLog({ pretty: true, colours: true });
    log.error({}, 'broken');
    expect(lines[0]).toContain('\u001B[31mERROR');
  });

  it('shows an error with its stack below', () => {
    const { log, lines } = openLog({ pretty: true, colours: false });
    log.error({ err: new Error('disk full') }, 'a request failed');
    expect(lines[0]).toMatch(/ERROR a request failed\n {4}Error: disk full\n {4} +at /);
  });

  it('does not obey what a client sends', () => {
    const { log, lines } = openLog({ pretty: true, colours: false });
    createAccessLog(log)({ ...line, userAgent: 'a\u001B[2Jb\rc' });
    expect(lines[0]?.trimEnd()).not.toMatch(/\p{Cc}/u);
    expect(lines[0]).toContain('request');
  });
});
