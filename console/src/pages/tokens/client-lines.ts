/** What a token is used with. */
export const CLIENTS = ['docker', 'podman', 'kubernetes', 'github', 'gitlab'] as const;
export type Client = (typeof CLIENTS)[number];

interface Login {
  /** What stands behind `docker login`. */
  readonly registry: string;
  readonly username: string;
  readonly secret: string;
}

/**
 * Lines that are ready to be used. The secret is in none but Kubernetes' own: others on a machine see the arguments of a
 * program, and a shell keeps a history.
 */
export function linesFor(client: Client, login: Login): string {
  const { registry, username } = login;
  switch (client) {
    case 'docker':
    case 'podman':
      return [
        'read -rs HAVRE_TOKEN',
        `printf %s "$HAVRE_TOKEN" | ${client} login ${registry} --username ${username} --password-stdin`,
      ].join('\n');
    case 'kubernetes':
      return kubernetesSecret(login);
    case 'github':
      return [
        '- uses: docker/login-action@v3',
        '  with:',
        `    registry: ${registry}`,
        `    username: ${username}`,
        '    password: ${{ secrets.HAVRE_TOKEN }}',
      ].join('\n');
    case 'gitlab':
      return [
        'before_script:',
        `  - printf %s "$HAVRE_TOKEN" | docker login ${registry} --username ${username} --password-stdin`,
      ].join('\n');
  }
}

function kubernetesSecret({ registry, username, secret }: Login): string {
  const auth = btoa(`${username}:${secret}`);
  const config = JSON.stringify({ auths: { [registry]: { username, password: secret, auth } } });
  return [
    'apiVersion: v1',
    'kind: Secret',
    'type: kubernetes.io/dockerconfigjson',
    'metadata:',
    `  name: ${objectName(username)}`,
    'data:',
    `  .dockerconfigjson: ${btoa(config)}`,
  ].join('\n');
}

/** Names of tokens have more characters than Kubernetes takes. */
function objectName(name: string): string {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return `registry-secret-${plain.replaceAll(/^-|-$/g, '')}`;
}
