import { expect, it } from 'bun:test';
import { loginSources } from './login-sources.ts';

it('looks for logins where docker and podman keep them', () => {
  expect(loginSources({ HOME: '/home/bob', XDG_RUNTIME_DIR: '/run/user/1' }).files).toEqual([
    '/home/bob/.docker/config.json',
    '/run/user/1/containers/auth.json',
    '/home/bob/.config/containers/auth.json',
  ]);
});

it('looks first where the environment says', () => {
  const env = { HOME: '/home/bob', REGISTRY_AUTH_FILE: '/secrets/auth.json', DOCKER_CONFIG: '/secrets/docker' };
  expect(loginSources(env).files.slice(0, 2)).toEqual(['/secrets/auth.json', '/secrets/docker/config.json']);
});
