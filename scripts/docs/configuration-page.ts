import { resolveSettings } from '../../src/config/resolve-settings.ts';
import type { NamedSetting } from '../../src/config/setting.ts';
import { ALL_SETTINGS, CONFIG_FILE } from '../../src/config/settings.ts';
import { adviceOn, REGISTRY_VARIABLES } from '../../src/config/sources/registry-variables.ts';
import { parseYaml, yamlSettings } from '../../src/config/sources/yaml-settings.ts';
import { code, page, table, writtenFrom } from './markdown.ts';

/** By the first part of the key path; `''` for keys that have no group. */
const SECTION_TITLES: ReadonlyMap<string, string> = new Map([
  ['', 'The installation'],
  ['http', 'Listening'],
  ['tls', 'TLS'],
  ['auth', 'Who may come in'],
  ['database', 'PostgreSQL'],
  ['redirect', 'Pulls straight from S3'],
  ['delete', 'Deleting'],
  ['trash', 'Trash'],
  ['manifests', 'Manifests'],
  ['limits', 'Limits'],
  ['uploads', 'Uploads'],
  ['gc', 'Garbage collection'],
  ['scrub', 'Reading what is stored'],
  ['history', 'History of tags'],
  ['expiry', 'Images that expire'],
  ['pulls', 'Who pulled what'],
  ['plans', 'Deletion plans'],
  ['policies', 'Lifecycle policies'],
  ['cache', 'Memory'],
  ['audit', 'Audit'],
  ['webhooks', 'Webhooks'],
  ['egress', 'What is called by the registry'],
  ['secrets', 'Secrets'],
  ['registries', 'Other registries'],
  ['sharedRegistries', 'Shared registries of a cloud'],
  ['log', 'Logs'],
  ['metrics', 'Metrics'],
  ['console', 'Console'],
  ['remote', 'Governing another server'],
]);

const EXAMPLE = `data: /srv/havre
publicUrl: https://registry.example.org

http:
  address: :443
  redirectAddress: :80
  trustedProxies: [10.0.0.0/8]
  cors:
    allowedOrigins: [https://registry-ui.example.org]

tls:
  certificate: /etc/havre/registry.crt
  key: /etc/havre/registry.key

auth:
  htpasswdPath: /etc/havre/htpasswd

limits:
  uploadBytes: 20GiB

log:
  level: warn
`;

/** Found in a compose project around distribution's image; see its explanation in the page. */
const COMPOSE_ENV = `REGISTRY_USERNAME=admin
REGISTRY_PASSWORD=changeme
REGISTRY_URL=registry.\${HOST}
REGISTRY_LOADBALENCER_SERVER_PORT=5000
REGISTRY_HTTP_ENABLED=true
REGISTRY_HTTP_ADDR=:5000
REGISTRY_STORAGE_DELETE_ENABLED=true
REGISTRY_STORAGE=filesystem
REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=/var/lib/registry
`;

export function configurationPage(): string {
  refuseWrongExample();
  return page(
    writtenFrom('src/config/settings.ts'),
    '# Configuration',
    'Nothing needs to be set: `npm start` serves on port 5000 and keeps everything in `./data`.',
    HOW,
    ...[...Map.groupBy(ALL_SETTINGS, sectionOf)].flatMap(([section, settings]) => [
      `## ${titleOf(section)}`,
      settingsTable(section, settings),
    ]),
    '## An example',
    `\`${CONFIG_FILE.default}\`:`,
    `\`\`\`yaml\n${EXAMPLE}\`\`\``,
    '## Coming from distribution’s registry',
    COMING,
    `\`\`\`env\n${COMPOSE_ENV}\`\`\``,
    table(['Line', 'What becomes of it'], COMPOSE_ENV.trim().split('\n').map(composeRow)),
    OTHERS,
    table(['Variable', 'What to know'], adviceRows()),
  );
}

const HOW = `A setting can be said in several places. From the strongest to the weakest:

1. the command line: \`havre serve --help\` lists what it takes;
2. the environment: \`HAVRE_HTTP_ADDRESS=:8080\`;
3. a file \`.env\` in the working folder, written as docker compose wants it: \`NAME=value\`, quotes if needed, \`\${OTHER}\` and \`\${OTHER:-default}\` replaced except in single quotes, \`$$\` for a dollar sign;
4. a YAML file: the one that \`${CONFIG_FILE.variable}\` names, else \`${CONFIG_FILE.default}\` in the working folder, else \`${CONFIG_FILE.default}\` in the data folder;
5. its default.

A variable that is empty counts as not set. A setting that does not exist, or a value that cannot be read, stops the start: one sentence for each says where it stands and what is nearest. \`havre doctor\` looks at it without starting anything.

Sizes are bytes, or written \`512MiB\`, \`10GB\`. Durations are whole seconds. Switches are \`true\` or \`false\`. Lists are separated by commas; in YAML they may be lists. Paths are relative to the working folder. Passwords and other text that look like numbers need quotes in YAML.`;

const COMING = `Variables of distribution’s image that have an equal here are understood (the last column of the tables above); where both are set, ours counts. Its \`config.yml\` is understood as well, when \`${CONFIG_FILE.variable}\` names it. A \`.env\` like this one starts as it stands:`;

const OTHERS = `Other variables of distribution’s change nothing, and a warning at the start says so. One is more than that: with \`REGISTRY_STORAGE\` set to anything but \`filesystem\` the start stops, because images would be kept elsewhere than asked. \`REGISTRY_HTTP_SECRET\` and \`REGISTRY_HTTP_RELATIVEURLS\` need no equal, and no word. Below, a \`*\` stands for any ending.`;

function sectionOf({ path }: NamedSetting): string {
  return path.includes('.') ? path.slice(0, path.indexOf('.')) : '';
}

function titleOf(section: string): string {
  const title = SECTION_TITLES.get(section);
  if (title === undefined)
    throw new Error(`scripts/docs/configuration-page.ts has no title for the section ${section}`);
  return title;
}

function settingsTable(section: string, settings: readonly NamedSetting[]): string {
  const rows = settings.map(({ path, variable, setting }) => [
    code(path),
    code(variable),
    setting.kind.expects,
    shownDefault(setting.default),
    setting.description,
    setting.registry === undefined ? '' : code(setting.registry.name),
  ]);
  if (section === '')
    rows.push(['', code(CONFIG_FILE.variable), 'a path', '', 'The YAML file. It must then be there.', '']);
  return table(['YAML', 'Environment', 'Value', 'Default', 'What it does', 'Distribution’s'], rows);
}

function shownDefault(text: string | undefined): string {
  if (text === undefined) return 'not set';
  return text === '' ? 'none' : code(text);
}

function composeRow(line: string): readonly string[] {
  const [name = '', value = ''] = line.split('=');
  const known = ALL_SETTINGS.find(({ setting }) => setting.registry?.name === name);
  if (known !== undefined) return [code(line), `The same as ${code(`${known.variable}=${value}`)}.`];
  const advice = adviceOn(name, value)?.advice;
  return [code(line), advice === undefined ? 'Nothing to do: it is so.' : `A warning: ${advice}.`];
}

/** One row for each piece of advice, however many variables it is for. */
function adviceRows(): readonly (readonly string[])[] {
  const told = Object.entries(REGISTRY_VARIABLES).filter(([, { advice }]) => advice !== '');
  return [...Map.groupBy(told, ([, { advice }]) => advice)].map(([advice, entries]) => [
    entries.map(([name, { stops }]) => (stops === true ? `${code(name)} (stops the start)` : code(name))).join(', '),
    `${advice}.`,
  ]);
}

/** An example that does not start would be worse than none. */
function refuseWrongExample(): void {
  const findings = { problems: [], warnings: [] };
  const document = parseYaml(EXAMPLE, 'the example', findings) ?? {};
  resolveSettings(yamlSettings(document, EXAMPLE, 'the example', findings), '/', findings);
  if (findings.problems.length > 0) throw new Error(`the example is wrong: ${findings.problems.join(' ')}`);
}
