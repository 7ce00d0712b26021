import type { RegistryUrl } from '../../providers/registry-url.ts';

/** A program that pulls and pushes, and the line by which it logs in. */
export interface LoginLine {
  readonly tool: (typeof TOOLS)[number]['tool'];
  /** For a POSIX shell. The password is read from stdin: a process list and a history must not have it. */
  readonly line: string;
}

const TOOLS = [
  { tool: 'docker', command: ['docker', 'login'], plainHttp: undefined },
  { tool: 'podman', command: ['podman', 'login'], plainHttp: '--tls-verify=false' },
  { tool: 'buildah', command: ['buildah', 'login'], plainHttp: '--tls-verify=false' },
  { tool: 'skopeo', command: ['skopeo', 'login'], plainHttp: '--tls-verify=false' },
  { tool: 'helm', command: ['helm', 'registry', 'login'], plainHttp: '--plain-http' },
  { tool: 'oras', command: ['oras', 'login'], plainHttp: '--plain-http' },
] as const;

/** Helm takes names of hosts for what they say. */
const HUB_FOR_HELM = 'registry-1.docker.io';

/** How clients log in at a registry as this user; the password is somebody else's to pipe in. */
export function loginLines({ host, scheme }: RegistryUrl, username: string): readonly LoginLine[] {
  return TOOLS.map(({ tool, command, plainHttp }) => {
    const server = tool === 'helm' && host === 'docker.io' ? HUB_FOR_HELM : host;
    const flags = scheme === 'http' && plainHttp !== undefined ? [plainHttp] : [];
    const words = [...command, server, ...flags, '--username', username, '--password-stdin'];
    return { tool, line: words.map(shellWord).join(' ') };
  });
}

/** `robot$ci` would lose its end to the shell: whatever is not plain is quoted. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
