import { InvalidArgumentError } from 'commander';
import { CliError } from './cli-error.ts';

export type HeaderArgument = readonly [name: string, value: string];

/** `Name: value`. @throws {InvalidArgumentError} */
export function parseHeaderArgument(text: string): HeaderArgument {
  const [, name, value] = /^([^:\s]+):[ \t]*(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("It must be like 'Name: value'.");
  return [name, value];
}

/** A header on each line, so that no password is on the command line. @throws {CliError} */
export function parseHeaderFile(text: string): readonly HeaderArgument[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line, index) => {
      try {
        return parseHeaderArgument(line);
      } catch (error) {
        // Not the line itself: there may be a password in it.
        throw new CliError(`Header ${index + 1} of the file must be like "Name: value".`, { cause: error });
      }
    });
}
