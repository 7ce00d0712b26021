import type { Command } from 'commander';

/** Ends the help of a command with lines to paste, each with a word on what it does. */
export function examples(command: Command, lines: readonly (readonly [line: string, what?: string])[]): Command {
  const width = Math.max(...lines.map(([line, what]) => (what === undefined ? 0 : line.length)));
  const text = lines.map(([line, what]) => (what === undefined ? `  ${line}` : `  ${line.padEnd(width)}   # ${what}`));
  return command.addHelpText('after', `\nExamples:\n${text.join('\n')}`);
}
