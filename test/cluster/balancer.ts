import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon } from '../support/daemon.ts';
import { removeFolder, temporaryFolder } from '../support/folders.ts';

const READY = '/readyz';

export type BalancerProgram = 'haproxy' | 'nginx';

export interface BalancerOptions {
  readonly program: BalancerProgram;
  /** As a listener is given to haproxy: `127.0.0.1:5000`, `:5000`. */
  readonly listen: string;
  /** `address:port` of each node. */
  readonly nodes: readonly string[];
  /** With `https` connections are passed through, one to each node in turn: the nodes have the certificate. */
  readonly scheme?: 'http' | 'https';
  /** What haproxy asks the nodes for, to know whether they are ready. Default `/readyz`. */
  readonly check?: string;
}

/**
 * A load balancer as docs/operations.md says: each request goes to the next node, whoever sends it. haproxy asks
 * `/readyz`; nginx, which cannot, leaves a node out for a moment that did not answer.
 */
export async function startBalancer(options: BalancerOptions): Promise<AsyncDisposable> {
  const folder = temporaryFolder('balancer');
  const { program, listen } = options;
  const path = join(folder, 'balancer.conf');
  writeFileSync(path, program === 'haproxy' ? haproxy(options) : nginx(options, folder));
  const command =
    program === 'haproxy'
      ? ['haproxy', '-db', '-f', path]
      : ['nginx', '-c', path, '-e', join(folder, 'errors'), '-p', folder];
  const daemon = new Daemon({
    name: program,
    command,
    env: { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
    isReady: async () => {
      const reply = await fetch(
        `${options.scheme ?? 'http'}://${listen.replace(/^:/, '127.0.0.1:')}${options.check ?? READY}`,
        {
          tls: { rejectUnauthorized: false },
          signal: AbortSignal.timeout(2000),
        },
      );
      await reply.arrayBuffer();
      if (!reply.ok) throw new Error(`${program} answers ${reply.status}`);
    },
  });
  await daemon.start();
  return {
    [Symbol.asyncDispose]: async () => {
      await daemon[Symbol.asyncDispose]();
      removeFolder(folder);
    },
  };
}

function haproxy({ listen, nodes, scheme, check }: BalancerOptions): string {
  const isPassedThrough = scheme === 'https';
  const servers = nodes.map(
    (node, place) => `  server node-${place} ${node} check${isPassedThrough ? ' check-ssl verify none' : ''}`,
  );
  return `
global
  maxconn 4000
defaults
  mode ${isPassedThrough ? 'tcp' : 'http'}
  timeout connect 2s
  timeout client 15m
  timeout server 15m
  timeout check 4s
  retries 3
  option redispatch 1
listen havre
  bind ${listen}
  balance roundrobin
  ${isPassedThrough ? '' : 'option forwardfor'}
  option httpchk GET ${check ?? READY}
  default-server inter 500ms fall 2 rise 1
${servers.join('\n')}
`;
}

function nginx({ listen, nodes }: BalancerOptions, folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
user root;
pid ${join(folder, 'pid')};
events {}
http {
  access_log off;
  ${temporary.map((kind) => `${kind}_temp_path ${join(folder, kind)};`).join('\n  ')}
  upstream nodes {
    ${nodes.map((node) => `server ${node} max_fails=1 fail_timeout=1s;`).join('\n    ')}
    keepalive 32;
  }
  server {
    listen ${listen.replace(/^:/, '')};
    client_max_body_size 0;
    location / {
      proxy_pass http://nodes;
      proxy_http_version 1.1;
      proxy_connect_timeout 2s;
      proxy_read_timeout 900s;
      proxy_request_buffering off;
      proxy_buffering off;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }
}
`;
}
