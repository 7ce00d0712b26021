import { join } from 'node:path';
import { z } from 'zod';
import type { Contract } from '../../src/api/contract.ts';
import { ovhError } from '../../src/api/ovh/ovh-error.ts';
import { problemDocument } from '../../src/api/problem-document.ts';
import { rule } from '../../src/api/rule.ts';
import { problemsTable } from './admin-problems.ts';
import { isContract } from './contracts.ts';
import { code, page, table, writtenFrom } from './markdown.ts';
import { schemaTable, type JsonSchema } from './schema-table.ts';

const API = join(import.meta.dir, '../../src/api');

/** By folder of src/api, in the order of the page. */
const SECTION_TITLES: ReadonlyMap<string, string> = new Map([
  ['session', 'Sessions of browsers'],
  ['users', 'Users'],
  ['tokens', 'Tokens'],
  ['grants', 'Grants'],
  ['repositories', 'Repositories'],
  ['tags', 'Tags'],
  ['history', 'History of tags'],
  ['rules', 'Rules of repositories'],
  ['tags', 'Tags and manifests'],
  ['images', 'Images'],
  ['layers', 'Layers'],
  ['comparison', 'Comparing images'],
  ['search', 'Search'],
  ['history', 'Where tags were'],
  ['rules', 'Rules'],
  ['trash', 'Trash'],
  ['quotas', 'Quotas'],
  ['sizes', 'Sizes'],
  ['plans', 'Deletion plans'],
  ['policies', 'Lifecycle policies'],
  ['garbage-collection', 'Garbage collection'],
  ['backup', 'Backups'],
  ['verification', 'Verification'],
  ['migration', 'Moving up'],
  ['moving', 'Moving in and out'],
  ['webhooks', 'Webhooks'],
  ['registries', 'Other registries'],
  ['registry-rotation', 'New secrets of other registries'],
  ['browsing', 'What is in other registries'],
  ['lifecycle', 'Lifecycle policies of other registries'],
  ['credentials', 'Handing credentials out'],
  ['shared-registries', 'Shared registries of a cloud'],
  ['audit', 'Audit'],
  ['webhooks', 'Webhooks'],
  ['status', 'Status'],
  ['ovh', 'Other registries, by OVHcloud’s paths'],
  ['secrets', 'The key of secrets'],
  ['openapi', 'This API, for programs'],
]);

interface Section {
  readonly title: string;
  readonly contracts: readonly Contract[];
}

export async function adminApiPage(): Promise<string> {
  nameSchema('Rule', rule);
  nameSchema('Problem', problemDocument);
  nameSchema('OvhError', ovhError);
  const sections = await readSections();
  return page(
    writtenFrom('src/api/*/contract.ts'),
    '# The admin API',
    HOW,
    `\`\`\`console\n${EXAMPLES}\`\`\``,
    table(
      ['Method', 'Path', 'Needs', 'What it does'],
      sections.flatMap(({ contracts }) => contracts.map(overview)),
    ),
    ...sections.flatMap(({ title, contracts }) => [`## ${title}`, ...contracts.flatMap(endpointBlocks)]),
    '## What is named above',
    ...[...named].flatMap(([name, schema]) => [`### ${name}`, schemaTable(jsonSchemaOf(schema, 'output', name))]),
    '## Problems',
    'What goes wrong is answered as `application/problem+json` (RFC 9457), a [Problem](#problem); below `/cloud/`, where OVHcloud’s clients ask, as an [OvhError](#ovherror). The end of its `type` is the code; codes and statuses do not change, sentences may.',
    await problemsTable(),
  );
}

const HOW = `It is what \`havre user\`, \`token\`, \`grant\` and \`garbage-collect\` speak ([cli.md](cli.md)), and it is at the address of the registry, below \`/api/v1/\`. Credentials are those of an administrator, as Basic or Bearer, who has every ability below. Others have what follows from grants: about a repository, what they may pull, push or delete there; about other registries, what their projects may ([registries.md](registries.md)). On the machine itself no password is needed: whoever may open the file \`havre.sock\` in the data folder (its owner) is an administrator there. A browser logs in with a [session](#sessions-of-browsers) instead.

What changes something has to say \`Content-Type: application/json\`, with a body or without, so that no web page can do it with a password that the browser remembers. Fields that are not named here are refused. A reply may gain fields. Times are UTC.`;

const EXAMPLES = `$ curl -u admin https://registry.example.org/api/v1/status
$ curl -u admin -H 'Content-Type: application/json' https://registry.example.org/api/v1/tokens \\
    -d '{"name":"ci","scope":[{"pattern":"team/**","actions":["pull","push"]}],"expiresAt":null}'
$ curl -u admin -H 'Content-Type: application/json' -X DELETE https://registry.example.org/api/v1/tokens/ci
$ curl --unix-socket data/havre.sock http://localhost/api/v1/users
`;

/** The schemas that have a section of their own, by its title. */
const named = new Map<string, z.ZodType>();

function nameSchema(name: string, schema: z.ZodType): void {
  named.set(name, schema);
  z.globalRegistry.add(schema, { ...schema.meta(), id: name });
}

/** Finds the contracts, and names the schemas that they share with others. */
async function readSections(): Promise<readonly Section[]> {
  const folders = [...new Bun.Glob('*/contract.ts').scanSync(API)].map((path) => path.slice(0, path.indexOf('/')));
  const unknown = folders.filter((folder) => !SECTION_TITLES.has(folder));
  if (unknown.length > 0) throw new Error(`scripts/docs/admin-api-page.ts has no title for ${unknown.join(', ')}`);
  const sections: Section[] = [];
  for (const [folder, title] of SECTION_TITLES) {
    const exported: Record<string, unknown> = await import(join(API, folder, 'contract.ts'));
    for (const [name, value] of Object.entries(exported)) {
      if (value instanceof z.ZodType) nameSchema(name.charAt(0).toUpperCase() + name.slice(1), value);
    }
    sections.push({ title, contracts: sortContracts(Object.values(exported).filter(isContract)) });
  }
  return sections;
}

/** An imported module lists its exports by the alphabet; a reader wants to look, add, change and remove. */
function sortContracts(contracts: readonly Contract[]): readonly Contract[] {
  const methods = ['GET', 'POST', 'PUT', 'DELETE'];
  return contracts.toSorted((a, b) => methods.indexOf(a.method) - methods.indexOf(b.method));
}

function overview({ method, path, ability, description }: Contract): readonly string[] {
  return [code(method), code(path), code(ability), description];
}

function endpointBlocks(contract: Contract): string[] {
  const { method, path, description, input, output, status, reply } = contract;
  const isInPath = (name: string): boolean => path.includes(`{${name}}`);
  // What stands in a path arrives as text, and is said as what is made of it.
  const inPath = withFields(jsonSchemaOf(input, 'output'), isInPath);
  const inBody = withFields(jsonSchemaOf(input, 'input'), (name) => !isInPath(name));
  const replied = reply === 'lines' ? 'lines of JSON (`application/jsonl`), each of them one of these' : 'JSON';
  return [
    `### \`${method} ${path}\``,
    `${description} Needs ${needs(contract)}.`,
    ...labelled('In the path:', schemaTable(inPath)),
    ...labelled('In the body:', schemaTable(inBody)),
    ...labelled(`Replies ${status ?? 200} with ${replied}:`, schemaTable(jsonSchemaOf(output, 'output'))),
  ];
}

/** An administrator has every ability; what gives it to others is behind it. */
function needs({ ability, projectAction, audience }: Contract): string {
  if (audience === 'catalog') return `${code(ability)}, or an account, or leave to pull without one`;
  if (audience === 'everybody') return 'nothing';
  return projectAction === undefined ? code(ability) : `${code(ability)}, or ${code(projectAction)} in the project`;
}

function labelled(label: string, text: string): readonly string[] {
  return text === '' ? [] : [label, text];
}

/** A contract has one input; `{name}` in its path says which of its fields stand there. */
function withFields(schema: JsonSchema, isWanted: (name: string) => boolean): JsonSchema {
  const properties = Object.entries(schema.properties ?? {}).filter(([name]) => isWanted(name));
  return { ...schema, properties: Object.fromEntries(properties) };
}

/** @param name of the schema itself, if it is a named one: it is then written out, and not referred to. */
function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output', name?: string): JsonSchema {
  const document: JsonSchema = z.toJSONSchema(schema, { io });
  return (name === undefined ? undefined : document.$defs?.[name]) ?? document;
}
