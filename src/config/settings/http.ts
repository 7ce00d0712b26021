import type { SettingTree } from '../setting.ts';
import { allowedOrigin, listenAddress, network } from '../network-kinds.ts';
import { choice, count, flag, list, path } from '../value-kinds.ts';

export const http = {
  address: {
    kind: listenAddress,
    default: ':5000',
    description:
      'Where to listen. Without a host it is every address of the machine. HTTPS when `tls.certificate` is set, else HTTP.',
    registry: { name: 'REGISTRY_HTTP_ADDR' },
  },
  redirectAddress: {
    kind: listenAddress,
    description: 'A second address, of plain HTTP, that only redirects to HTTPS. Needs `tls.certificate`.',
  },
  trustedProxies: {
    kind: list(network, 'networks such as 10.0.0.0/8'),
    default: '',
    description:
      'The proxies (Traefik, nginx, a load balancer) whose `X-Forwarded-For`, `-Proto` and `-Host` are believed, as addresses or networks. From anybody else these headers mean nothing.',
  },
  bodyIdleSeconds: {
    kind: count('seconds', { min: 8, max: 255 }),
    default: '120',
    description:
      'A client that neither sends nor takes a byte for so long is dropped; what it had uploaded stays, and it can resume. Headers of a request must arrive within about ten seconds, which cannot be changed.',
  },
  leaveSeconds: {
    kind: count('seconds', { min: 0, max: 300 }),
    default: '0',
    description:
      'After SIGTERM, for how long requests are still taken while `/readyz` already says no: behind a load balancer, as long as it needs to notice, so that a restart costs no client anything.',
  },
  drainSeconds: {
    kind: count('seconds', { min: 0, max: 3600 }),
    default: '25',
    description:
      'After SIGTERM, how long running requests may take to end. `docker stop` kills after 10 seconds unless told otherwise (`stop_grace_period`), Kubernetes after 30.',
  },
  cors: {
    allowedOrigins: {
      kind: list(allowedOrigin, 'origins such as https://ui.example.org'),
      default: '',
      description:
        'The web pages, by their origin, whose scripts may call the registry from a browser. Nobody when empty; `*` is every page.',
    },
    allowCredentials: {
      kind: flag,
      default: 'false',
      description: 'Whether these pages may send the credentials that the browser holds. Not together with `*`.',
    },
  },
} as const satisfies SettingTree;

export const tls = {
  certificate: {
    kind: path,
    description:
      'The certificate, followed by its intermediate ones, in PEM. When the file changes, new connections get the new one and old ones stay. `havre tls init` makes one.',
    registry: { name: 'REGISTRY_HTTP_TLS_CERTIFICATE' },
  },
  key: {
    kind: path,
    description: 'The private key of the certificate, in PEM.',
    registry: { name: 'REGISTRY_HTTP_TLS_KEY' },
  },
  minVersion: {
    kind: choice(['1.2', '1.3']),
    default: '1.2',
    description: 'The oldest version of TLS spoken.',
    registry: { name: 'REGISTRY_HTTP_TLS_MINIMUMTLS', values: { 'tls1.2': '1.2', 'tls1.3': '1.3' } },
  },
} as const satisfies SettingTree;
