import type { SettingTree } from '../setting.ts';
import { choice, flag } from '../value-kinds.ts';

export const log = {
  level: {
    kind: choice(['debug', 'info', 'warn', 'error']),
    default: 'info',
    description: 'The least serious lines that are written. Each request is one line of `info`.',
    registry: {
      name: 'REGISTRY_LOG_LEVEL',
      values: { trace: 'debug', warning: 'warn', fatal: 'error', panic: 'error' },
    },
  },
  format: {
    kind: choice(['auto', 'json', 'pretty']),
    default: 'auto',
    description: 'One JSON object a line, or lines for people. `auto` is `pretty` on a terminal and `json` elsewhere.',
    registry: { name: 'REGISTRY_LOG_FORMATTER', values: { text: 'pretty', logstash: 'json' } },
  },
} as const satisfies SettingTree;

export const metrics = {
  enabled: {
    kind: flag,
    default: 'true',
    description: 'Whether `/metrics` answers, in the form of Prometheus.',
  },
  public: {
    kind: flag,
    default: 'false',
    description:
      'Whether `/metrics` answers everybody. Otherwise it answers administrators, and this machine itself (a loopback address), as long as neither a public URL nor a trusted proxy is configured.',
  },
} as const satisfies SettingTree;

export const console = {
  enabled: {
    kind: flag,
    default: 'true',
    description: 'Whether the web console is served, at `/`. The registry and its API answer in any case.',
  },
} as const satisfies SettingTree;
