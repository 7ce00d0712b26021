import { describe, expect, it } from 'bun:test';
import { parseDotenv } from './dotenv.ts';

describe('a line of .env, read as docker compose reads it', () => {
  const cases = [
    ['plain', 'A=b c', 'b c'],
    ['nothing', 'A=', ''],
    ['with spaces around', '  A = b  ', 'b'],
    ['exported', 'export A=b', 'b'],
    ['with a comment', 'A=b # c', 'b'],
    ['a # inside', 'A=b#c', 'b#c'],
    ['only a comment for a value', 'A= # c', ''],
    ['in double quotes', 'A="b # c\\n\\"d\\"" # e', 'b # c\n"d"'],
    ['in single quotes', "A='b $HOME \\n' # e", 'b $HOME \\n'],
    ['a single quote within single quotes', "A='it\\'s'", "it's"],
    ['over several lines', 'A="b\nc"', 'b\nc'],
    ['a variable', 'A=registry.${HOST}', 'registry.example.org'],
    ['a variable without braces', 'A=$HOST/x', 'example.org/x'],
    ['a variable in double quotes', 'A="${HOST}"', 'example.org'],
    ['a default that is needed', 'A=${NONE:-b}', 'b'],
    ['a default that is a variable', 'A=${NONE:-$HOST}', 'example.org'],
    ['a default when empty', 'A=${EMPTY:-b}', 'b'],
    ['empty is set', 'A=${EMPTY-b}', ''],
    ['a dollar sign', 'A=pa$$word', 'pa$word'],
    ['an escaped dollar sign', 'A="pa\\$word"', 'pa$word'],
    ['a dollar sign that names nothing', 'A=5$ and $1', '5$ and $1'],
    ['from Windows', 'A=b\r\n', 'b'],
  ] as const;

  for (const [name, text, expected] of cases) {
    it(name, () => {
      const { variables, oddLines } = parseDotenv(text, { HOST: 'example.org', EMPTY: '' });
      expect(variables.map(({ value }) => value)).toEqual([expected]);
      expect(oddLines).toEqual([]);
    });
  }
});

describe('a .env', () => {
  it('knows the line of each variable, whatever stands between', () => {
    const { variables } = parseDotenv('\uFEFF# first\nA=1\n\nB="x\ny"\nPATH\nC=3', {});
    expect(variables.map(({ name, line }) => [name, line])).toEqual([
      ['A', 2],
      ['B', 4],
      ['C', 7],
    ]);
  });

  it('uses the environment before the lines above, and these before nothing', () => {
    const { variables } = parseDotenv('A=file\nB=file\nC=$A-$B-$D', { A: 'environment' });
    expect(variables.at(-1)).toEqual({ name: 'C', value: 'environment-file-', line: 3, unset: ['D'] });
  });

  it('names the lines that are no assignment', () => {
    expect(parseDotenv('A=1\nB="unfinished\n<<<<<<< HEAD\nC="1" 2\nD=4', {})).toEqual({
      variables: [
        { name: 'A', value: '1', line: 1, unset: [] },
        { name: 'D', value: '4', line: 5, unset: [] },
      ],
      oddLines: [
        { line: 2, text: 'B="unfinished' },
        { line: 3, text: '<<<<<<< HEAD' },
        { line: 4, text: 'C="1" 2' },
      ],
    });
  });
});
