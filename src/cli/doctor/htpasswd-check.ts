import type { ReadHtpasswd } from '../cli-host.ts';
import { counted } from '../wording.ts';
import type { ReadText } from './certificate-check.ts';
import { fail, ok, warn, type Finding } from './check.ts';

const ABOUT = 'htpasswd';

/** @param read what the program takes from such a text. */
export function checkHtpasswd(path: string, file: ReadText, read: (text: string) => ReadHtpasswd): readonly Finding[] {
  if ('failure' in file) {
    return [fail(ABOUT, `${path} cannot be read: ${file.failure}.`, `Make it: htpasswd -Bbn NAME PASSWORD > ${path}`)];
  }
  const { users, problems } = read(file.text);
  return [
    ...problems.map(({ line, message }) =>
      warn(ABOUT, `${path} line ${line}: ${message}.`, 'Write the line again: htpasswd -Bbn NAME PASSWORD'),
    ),
    users === 0
      ? warn(ABOUT, `${path} has no user who could log in.`, `Add one: htpasswd -Bbn NAME PASSWORD >> ${path}`)
      : ok(ABOUT, `${path} has ${counted(users, 'user')}.`),
  ];
}
