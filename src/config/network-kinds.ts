import { isIP, isIPv6 } from 'node:net';
import type { Kind } from './setting.ts';

/** `:5000`, `127.0.0.1:5000`, `[::1]:5000`, `localhost:5000` or `unix:/run/havre.sock`; 0 is any free port. */
export const listenAddress: Kind<string> = {
  expects: 'an address to listen on, such as :5000 or 127.0.0.1:5000',
  yaml: 'text',
  read(text) {
    if (/^unix:./.test(text)) return text;
    const [, ipv6, port] = /^(?:\[([^\]]+)\]|[\w.-]*):(\d{1,5})$/.exec(text) ?? [];
    if (port === undefined || Number(port) > 65_535) return undefined;
    return ipv6 === undefined || isIPv6(ipv6) ? text : undefined;
  },
  hint(text) {
    if (/^\d{1,5}$/.test(text)) return `A port alone is written :${text}.`;
    return text.includes('://') ? 'It has no scheme: TLS is on when tls.certificate is set.' : undefined;
  },
};

/** Scheme, host and port, as a browser's `Origin` header writes them. */
export const origin: Kind<string> = {
  expects: 'a URL of scheme, host and port only, such as https://registry.example.org',
  yaml: 'text',
  read(text) {
    if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
    const url = new URL(text);
    const isBare = url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
    return isBare ? url.origin : undefined;
  },
  hint: (text) => (text.includes('://') ? undefined : `With its scheme, that is http://${text} or https://${text}.`),
};

/** What `Access-Control-Allow-Origin` may name. */
export const allowedOrigin: Kind<string> = {
  ...origin,
  expects: `* or ${origin.expects}`,
  read: (text, cwd) => (text === '*' ? '*' : origin.read(text, cwd)),
};

/** In CIDR form once read: a single address is a network of one. */
export const network: Kind<string> = {
  expects: 'an address or a network such as 10.0.0.0/8',
  yaml: 'text',
  read(text) {
    const [address = '', prefix] = text.split('/');
    const version = isIP(address);
    if (version === 0) return undefined;
    const bits = version === 4 ? 32 : 128;
    if (prefix === undefined) return `${address}/${bits}`;
    return /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits && text.split('/').length === 2 ? text : undefined;
  },
};

/** A network, or a host with or without a port; before it, what for. */
export const egressTarget: Kind<string> = {
  expects:
    'a network such as 10.0.0.0/8, or a host such as hooks.lan or hooks.lan:8080, with or without webhooks= before it',
  yaml: 'text',
  read(text, cwd) {
    const [, purpose = '', target = ''] = /^([a-z]+=)?(.+)$/.exec(text) ?? [];
    const block = network.read(target, cwd);
    if (block !== undefined) return purpose + block;
    const isHost = /^(?:[\w-]+(?:\.[\w-]+)*\.?|\[[\da-f:.]+\])(?::\d{1,5})?$/i.test(target);
    return isHost && URL.canParse(`http://${target}`) ? purpose + target : undefined;
  },
  hint: (text) =>
    text.includes('://') ? 'It has no scheme: what is named here may be called by http and by https.' : undefined,
};
