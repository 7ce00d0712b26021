import type { GeneratedAdministrator } from '../auth/accounts/configured-administrator.ts';

interface Address {
  /** As docker names it: `localhost:5000`. */
  readonly host: string;
  /** Absent where there is no console. */
  readonly consoleUrl: string | undefined;
}

/** What the first start prints, once: the only time that the password is seen, and lines to paste. */
export function firstStartText({ username, password }: GeneratedAdministrator, { host, consoleUrl }: Address): string {
  return [
    '',
    'An administrator was made. The password is shown this once:',
    '',
    `    username   ${username}`,
    `    password   ${password}`,
    '',
    ...(consoleUrl === undefined ? [] : [`In a browser, the console: ${consoleUrl}`, '']),
    'In a terminal:',
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
