import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where docker and podman keep the logins of the person at this machine, and the programs that keep some for them. */
export function loginSources(env: Environment = process.env): { files: readonly string[]; searchPath: string } {
  return { files: loginFiles(env), searchPath: env['PATH'] ?? '' };
}

/** From the most to the least meant. */
function loginFiles(env: Environment): readonly string[] {
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
