export interface TlsFiles {
  /** What clients must trust. */
  readonly authorityCertificate: string;
  readonly certificate: string;
  readonly key: string;
  /** Host names and addresses in the certificate, at least one. */
  readonly names: readonly string[];
  /** On which the registry listens. */
  readonly port: number;
}

/** What to copy where after `havre tls init`, with the commands to paste: they are indented, so no here-documents. */
export function tlsInstructions(files: TlsFiles): string {
  const name = exampleName(files.names);
  const host = files.port === 443 ? name : `${name}:${files.port}`;
  return [
    'Give the server its certificate, in its environment or its .env file, and start it again:',
    '',
    `  HAVRE_TLS_CERTIFICATE=${files.certificate}`,
    `  HAVRE_TLS_KEY=${files.key}`,
    '',
    `Copy ${files.authorityCertificate} to every client, this file and no other. There, for ${host}${alsoCalled(files.names, name)}:`,
    '',
    ...section('docker (it reads the file at the next command)', [copyTo(`/etc/docker/certs.d/${host}`)]),
    ...section('podman, buildah, skopeo', [copyTo(`/etc/containers/certs.d/${host}`)]),
    ...section('containerd, and so Kubernetes and nerdctl', containerd(host)),
    ...section('curl', [`curl --cacert ca.crt https://${host}/v2/`]),
    ...section('everything else on Debian and Ubuntu (helm, oras, crane, but no browser)', [
      'sudo install -m 0644 ca.crt /usr/local/share/ca-certificates/havre-ca.crt && sudo update-ca-certificates',
    ]),
    ...(files.port === 443 ? portRemark(name) : []),
    `Keep ${keyOf(files.authorityCertificate)} to yourself: who has it can pass for any server towards these clients.`,
  ].join('\n');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return [`  ${title}:`, ...lines.map((line) => `    ${line}`.trimEnd()), ''];
}

function copyTo(folder: string): string {
  return `sudo install -D -m 0644 ca.crt '${folder}/ca.crt'`;
}

function containerd(host: string): readonly string[] {
  const folder = `/etc/containerd/certs.d/${host}`;
  return [
    copyTo(folder),
    `printf '%s\\n' 'server = "https://${host}"' '[host."https://${host}"]' \\`,
    `  'capabilities = ["pull", "resolve", "push"]' 'ca = "${folder}/ca.crt"' \\`,
    `  | sudo tee '${folder}/hosts.toml'`,
    '# once, in the registry section of /etc/containerd/config.toml: config_path = "/etc/containerd/certs.d"',
  ];
}

/** Docker looks for the folder that is called what the image is called, to the letter. */
function portRemark(name: string): readonly string[] {
  return [`Where images are called ${name}:443/…, with the port, the folders must be called ${name}:443 as well.`, ''];
}

/** A name that clients can type: of a wildcard, one that it covers. */
function exampleName(names: readonly string[]): string {
  const plain = names.find((name) => !name.startsWith('*.')) ?? names[0]?.replace('*', 'registry') ?? '';
  return plain.includes(':') ? `[${plain}]` : plain;
}

function alsoCalled(names: readonly string[], shown: string): string {
  return names.length > 1 ? ` (and the same for each other name in use instead of ${shown})` : '';
}

function keyOf(authorityCertificate: string): string {
  return authorityCertificate.replace(/\.crt$/, '.key');
}
