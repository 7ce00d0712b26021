import { readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'bun:test';

const ROOT = join(import.meta.dir, '..');

/**
 * Folder of src/ → folders it may import, from the bottom up. A folder missing here fails the test: adding one, or an
 * arrow, is a decision, and docs/decisions/ says why.
 */
const LAYER_0 = ['oci', 'telemetry'];
const LAYERS_0_1 = [...LAYER_0, 'storage', 'metadata', 'http', 'egress', 'encryption'];
const LAYERS_0_2 = [...LAYERS_0_1, 'registry', 'auth', 'jobs', 'audit'];
const LAYERS_0_3 = [
  ...LAYERS_0_2,
  'retention',
  'gc',
  'moving',
  'backup',
  'verification',
  'events',
  'plans',
  'policies',
  'providers',
  'connections',
  'clean-up',
];
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  oci: [],
  telemetry: [],
  storage: LAYER_0,
  metadata: LAYER_0,
  http: LAYER_0,
  registry: LAYERS_0_1,
  auth: LAYERS_0_1,
  jobs: LAYERS_0_1,
  audit: LAYERS_0_1,
  client: [...LAYER_0, 'egress'],
  egress: LAYER_0,
  encryption: [],
  // Pure: images and a policy in, decisions out.
  retention: [],
  gc: LAYERS_0_2,
  copying: [...LAYER_0, 'client'],
  moving: LAYERS_0_2,
  backup: LAYERS_0_2,
  verification: LAYERS_0_2,
  events: LAYERS_0_2,
  plans: [...LAYERS_0_2, 'retention'],
  policies: [...LAYERS_0_2, 'retention', 'plans'],
  // Each kind of registry in a folder of its own.
  providers: [...LAYER_0, 'egress', 'client'],
  connections: [...LAYERS_0_2, 'providers'],
  // Plans and policies on other registries.
  'clean-up': [...LAYERS_0_2, 'retention', 'plans', 'policies', 'providers', 'connections'],
  distribution: LAYERS_0_3,
  api: LAYERS_0_3,
  // Files of the console, as they were built.
  web: ['http'],
  // And the contracts of api/, by which it talks to the server; other registries it asks itself.
  cli: ['oci', 'client', 'copying'],
  config: [],
  composition: [],
};

/** Files that may look into a folder above them, or beside them. */
const ALSO_ALLOWED: readonly { readonly from: RegExp; readonly to: RegExp }[] = [
  // The composition root builds everything and hands it on. Nothing but main.ts may look into it.
  { from: /^(?:main\.ts$|composition\/)/, to: /^/ },
  { from: /^config\.ts$/, to: /^config\// },
  { from: /^cli\//, to: /^api\/(?:.*\/)?contract\.ts$/ },
  // An exported file is verified where it lies, without a server.
  { from: /^cli\/commands\/audit-verify\.ts$/, to: /^audit\/verify-lines\.ts$/ },
];

/** Package → where it may be imported in src/: the one place to change when it is replaced. */
const PACKAGES: Readonly<Record<string, readonly RegExp[]>> = {
  // SQLite keeps the facts; the lock that makes one process own a data folder is SQLite's own file lock.
  'bun:sqlite': [/^metadata\//, /^storage\/filesystem\/folder-lock\.ts$/],
  kysely: [/^metadata\//],
  pino: [/^telemetry\//],
  'prom-client': [/^telemetry\//],
  jose: [/^auth\//, /^providers\/google\//],
  '@aws-sdk/client-s3': [/^storage\/s3\//],
  '@aws-sdk/s3-request-presigner': [/^storage\/s3\//],
  commander: [/^cli\//],
  croner: [/^policies\//],
  '@peculiar/x509': [/^cli\//, /^http\//],
  // Not adapters: the grammar of addresses, and of JSON from outside.
  'ipaddr.js': [/^http\//, /^auth\//, /^client\//, /^egress\//],
  zod: [/^(?:auth|api|audit|cli|retention|providers)\//],
  '@smithy/signature-v4': [/^providers\/ecr\//],
  re2js: [/^retention\/pattern\.ts$/],
  'zod-openapi': [/^api\/openapi\//],
  bun: [/^/],
};

interface SourceFile {
  /** From src/, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

function filesUnder(pattern: string): readonly SourceFile[] {
  return [...new Bun.Glob(pattern).scanSync(ROOT)]
    .map((path) => ({ path: path.replaceAll('\\', '/'), text: readFileSync(join(ROOT, path), 'utf8') }))
    .sort((a, b) => a.path.localeCompare(b.path));
}

/** Tests and contract suites assemble real parts from everywhere. */
const SOURCES = filesUnder('src/**/*.{ts,tsx}')
  .map(({ path, text }) => ({ path: path.slice('src/'.length), text }))
  .filter(({ path }) => !/\.test\.tsx?$|(?:^|\/)contract\/|-contract\.ts$/.test(path));

function importsOf({ text }: SourceFile): readonly string[] {
  const statements = text.matchAll(/^(?:import|export)\b[^'"`;]*?from '(?<named>[^']+)'|^import '(?<bare>[^']+)'/gm);
  const calls = text.matchAll(/\bimport\(\s*'(?<called>[^']+)'/g);
  return [...statements, ...calls].map(
    ({ groups }) => groups?.['named'] ?? groups?.['bare'] ?? groups?.['called'] ?? '',
  );
}

/** `storage` for `storage/blob-store.ts`; the file itself for one beside the folders. */
function folderOf(path: string): string {
  return path.split('/')[0] ?? path;
}

function isAllowed(from: string, to: string): boolean {
  if (folderOf(from) === folderOf(to) || MAY_IMPORT[folderOf(from)]?.includes(folderOf(to)) === true) return true;
  return ALSO_ALLOWED.some((exception) => exception.from.test(from) && exception.to.test(to));
}

describe('the architecture', () => {
  it('has the folders of the table, and no other', () => {
    const folders = new Set(SOURCES.map(({ path }) => folderOf(path)));
    const unknown = [...folders].filter((folder) => MAY_IMPORT[folder] === undefined);
    expect(unknown.filter((folder) => !['main.ts', 'config.ts'].includes(folder))).toEqual([]);
  });

  it('imports point down the layers', () => {
    const wrong = SOURCES.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => normalize(join(dirname(file.path), specifier)).replaceAll('\\', '/'))
        .filter((target) => !isAllowed(file.path, target))
        .map((target) => `${file.path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('lets the console know the types of contracts, and nothing else of the server', () => {
    const wrong = filesUnder('console/src/**/*.{ts,tsx}').flatMap((file) =>
      [...file.text.matchAll(/^import (type )?[^;]*? from '((?:\.\.\/)+src\/[^']+)'/gm)]
        .filter(
          ([, type, from = '']) =>
            type === undefined || !/\/src\/api\/(?:.*\/)?(?:contract|problem-document)\.ts$/.test(from),
        )
        .map(([statement]) => `${file.path}: ${statement}`),
    );
    expect(wrong).toEqual([]);
  });

  it('imports each package in its one place', () => {
    const wrong = SOURCES.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => !/^(?:\.|node:)/.test(specifier))
        .filter((specifier) => PACKAGES[packageOf(specifier)]?.some((place) => place.test(file.path)) !== true)
        .map((specifier) => `${file.path} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it('reads the environment in src/config only', () => {
    const readers = SOURCES.filter(({ path, text }) => {
      return !/^config(?:\.ts$|\/)/.test(path) && /\b(?:process|Bun|import\.meta)\.env\b/.test(withoutComments(text));
    });
    expect(readers.map(({ path }) => path)).toEqual([]);
  });
});

function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[^]*?\*\/|\/\/.*$/gm, '');
}

describe('a file', () => {
  const everything = filesUnder('{src,test,scripts,bin}/**/*.{ts,tsx,js}');

  it('is one subject: 400 lines at most, 500 for a test', () => {
    const long = everything
      .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .filter(({ path, lines }) => lines > (/^test\/|\.test\.ts$/.test(path) ? 500 : 400));
    expect(long).toEqual([]);
  });

  it('is named for what it is about, in kebab case', () => {
    // Such a name collects whatever has no place.
    const nowhere = /^(?:utils?|helpers?|index|types?|constants|common|misc|shared|lib)$/;
    const wrong = everything.filter(({ path }) => {
      const name = basename(path).replace(/(?:\.test)?\.[a-z]+$/, '');
      return nowhere.test(name) || !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name);
    });
    const folders = everything.flatMap(({ path }) => dirname(path).split('/')).filter((name) => nowhere.test(name));
    expect([...wrong.map(({ path }) => path), ...folders]).toEqual([]);
  });
});
