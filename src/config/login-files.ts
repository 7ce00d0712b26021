import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where docker and podman keep the logins of the person at this machine, from the most to the least meant. */
export function loginFiles(env: Readonly<Record<string, string | undefined>> = process.env): readonly string[] {
  const home = env['HOME'] ?? homedir();
  const { REGISTRY_AUTH_FILE: named, DOCKER_CONFIG: docker, XDG_RUNTIME_DIR: run, XDG_CONFIG_HOME: config } = env;
  return [
    ...(isSet(named) ? [named] : []),
    join(isSet(docker) ? docker : join(home, '.docker'), 'config.json'),
    ...(isSet(run) ? [join(run, 'containers/auth.json')] : []),
    join(isSet(config) ? config : join(home, '.config'), 'containers/auth.json'),
  ];
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}
