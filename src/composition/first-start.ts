import type { GeneratedAdministrator } from '../auth/accounts/configured-administrator.ts';

/** What the first start prints, once: the only time that the password is seen, and lines to paste. */
export function firstStartText({ username, password }: GeneratedAdministrator, host: string): string {
  return [
    '',
    'An administrator was made. The password is shown this once:',
    '',
    `    username   ${username}`,
    `    password   ${password}`,
    '',
    'To try it:',
    '',
    `    docker login ${host} -u ${username}`,
    '    docker pull alpine',
    `    docker tag alpine ${host}/alpine:latest`,
    `    docker push ${host}/alpine:latest`,
    `    docker pull ${host}/alpine:latest`,
    '',
    '',
  ].join('\n');
}
