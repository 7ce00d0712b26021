import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/ports.ts';
import type { Authority } from './authority.ts';
import type { Sandbox } from './sandbox.ts';

export interface NginxOptions {
  /** Where Havre listens, as `http://127.0.0.1:<port>`. */
  readonly upstream: string;
  /** With it, nginx speaks TLS to the clients and HTTP to Havre. */
  readonly tls?: Authority;
  /** Speak HTTP/2 to the clients that can; header names then are small letters. */
  readonly http2?: boolean;
}

export interface Nginx extends AsyncDisposable {
  readonly host: string;
}

/**
 * nginx before a registry, configured as docs/operations.md says: bodies of any size go through as they arrive, and
 * Havre is told how the client came.
 */
export async function startNginx(sandbox: Sandbox, options: NginxOptions): Promise<Nginx> {
  const port = await freePort();
  const path = await sandbox.write('nginx.conf', configuration(sandbox, options, port));
  const child = Bun.spawn(['nginx', '-c', path, '-e', sandbox.path('nginx-errors.log'), '-p', sandbox.folder], {
    env: { ...process.env, ...sandbox.env },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: Bun.file(sandbox.path('nginx-start.log')),
  });
  const url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}/v2/`;
  await eventually('nginx answers', async () => {
    await (await fetch(url, { tls: { rejectUnauthorized: false } })).arrayBuffer();
  });
  return {
    host: `localhost:${port}`,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await child.exited;
    },
  };
}

function configuration(sandbox: Sandbox, { upstream, tls, http2 }: NginxOptions, port: number): string {
  const certificate = tls ? `ssl_certificate ${tls.certificate}; ssl_certificate_key ${tls.key};` : '';
  return `
daemon off;
user root;
pid ${sandbox.path('nginx.pid')};
events {}
http {
  access_log off;
  client_body_temp_path ${sandbox.path('nginx-bodies')};
  proxy_temp_path ${sandbox.path('nginx-replies')};
  fastcgi_temp_path ${sandbox.path('nginx-fastcgi')};
  uwsgi_temp_path ${sandbox.path('nginx-uwsgi')};
  scgi_temp_path ${sandbox.path('nginx-scgi')};
  server {
    listen 127.0.0.1:${port}${tls ? ' ssl' : ''}${http2 ? ' http2' : ''};
    ${certificate}
    client_max_body_size 0;
    location / {
      proxy_pass ${upstream};
      proxy_http_version 1.1;
      proxy_request_buffering off;
      proxy_buffering off;
      proxy_read_timeout 900s;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
    }
  }
}
`;
}
