import { describe, expect, it } from 'bun:test';
import type { CliInput } from './cli-host.ts';
import { InterruptedError, UsageError } from './cli-error.ts';
import { TerminalReader } from './terminal-reader.ts';

interface Terminal {
  readonly reader: TerminalReader;
  readonly shown: string[];
  /** The modes the terminal was put into. */
  readonly modes: boolean[];
}

function terminalOf(chunks: readonly (string | Uint8Array)[]): Terminal {
  const shown: string[] = [];
  const modes: boolean[] = [];
  async function* typed(): AsyncGenerator<string | Uint8Array> {
    yield* chunks;
  }
  const input: CliInput = {
    isTTY: true,
    setRawMode: (isRaw) => modes.push(isRaw),
    [Symbol.asyncIterator]: () => typed(),
  };
  return { reader: new TerminalReader(input, { write: (text) => shown.push(text) }), shown, modes };
}

describe('a line of stdin', () => {
  it('ends with a line break of any kind, or with the end', async () => {
    const { reader } = terminalOf(['one\ntw', 'o\r\n', 'three']);
    expect([await reader.readLine(), await reader.readLine(), await reader.readLine()]).toEqual([
      'one',
      'two',
      'three',
    ]);
    expect(await reader.readLine()).toBeUndefined();
  });

  it('may have characters that come in two pieces', async () => {
    const bytes = new TextEncoder().encode('pä\n');
    const { reader } = terminalOf([bytes.subarray(0, 2), bytes.subarray(2)]);
    expect(await reader.readLine()).toBe('pä');
  });

  it('is bounded', async () => {
    const { reader } = terminalOf(Array.from({ length: 100 }, () => 'x'.repeat(1000)));
    expect(await reader.readLine().catch((error: unknown) => error)).toBeInstanceOf(UsageError);
  });
});

describe('a password typed at a terminal', () => {
  const cases = [
    ['as it is', ['pass', 'word\r'], 'password'],
    ['with a backspace', ['passx\u007Fword\r'], 'password'],
    ['with a backspace over a character of two units', ['🙂\bab\n'], 'ab'],
    ['begun again with Ctrl-U', ['wrong\u0015right\r'], 'right'],
    ['with arrow keys, which mean nothing', ['a\u001B[Ab\u001B[1;5C\r'], 'ab'],
    ['with accents', ['pässwörd\r'], 'pässwörd'],
    ['with nothing', ['\r'], ''],
  ] as const;
  for (const [what, chunks, expected] of cases) {
    it(`is read ${what}`, async () => {
      const { reader, shown, modes } = terminalOf(chunks);
      expect(await reader.askHidden('Password: ')).toBe(expected);
      expect(shown).toEqual(['Password: ', '\n']);
      expect(modes).toEqual([true, false]);
    });
  }

  for (const [what, key] of [
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
    ['the end of the terminal', ''],
  ] as const) {
    it(`is given up with ${what}, and the terminal is as before`, async () => {
      const { reader, modes } = terminalOf([`pass${key}`]);
      expect(await reader.askHidden('Password: ').catch((error: unknown) => error)).toBeInstanceOf(InterruptedError);
      expect(modes).toEqual([true, false]);
    });
  }

  it('leaves what was pasted after it for the next question', async () => {
    const { reader } = terminalOf(['one\rtwo\r']);
    expect([await reader.askHidden('? '), await reader.askHidden('? ')]).toEqual(['one', 'two']);
  });
});
