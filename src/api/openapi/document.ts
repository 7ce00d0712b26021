import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverride,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import type { Contract } from '../contract.ts';
import { isOvhPath, ovhError } from '../ovh/ovh-error.ts';
import { problemDocument } from '../problem-document.ts';
import { rule } from '../rule.ts';
import { problemsOf } from './problems.ts';

export type OpenApiDocument = ReturnType<typeof createDocument>;

/** Of the API, which grows and does not break; which program answers is for `/api/v1/status` to say. */
const API_VERSION = '1';

/**
 * Describes contracts for programs.
 *
 * @see OpenAPI Specification 3.1.1
 */
export function openApiDocument(contracts: readonly Contract[]): OpenApiDocument {
  const paths: ZodOpenApiPathsObject = {};
  for (const contract of contracts.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))) {
    const method = contract.method.toLowerCase();
    paths[contract.path] = { ...paths[contract.path], [method]: operationOf(contract) };
  }
  const components = { ...ABOUT.components, responses: failureResponses(contracts) };
  return createDocument({ ...ABOUT, components, paths }, { override: plain });
}

const ABOUT: Omit<ZodOpenApiObject, 'paths'> = {
  openapi: '3.1.1',
  info: {
    title: 'Havre admin API',
    version: API_VERSION,
    description:
      'What goes wrong is answered as `application/problem+json` (RFC 9457): the end of its `type` is a code that does not change. What changes something has to say `Content-Type: application/json`, with a body or without. A reply may gain fields; a request may have none that are not named here. Times are UTC, and end in `Z`.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/', description: 'At the address of the registry.' }],
  security: [{ basic: [] }, { bearer: [] }, { cookie: [] }],
  components: {
    securitySchemes: {
      basic: { type: 'http', scheme: 'basic', description: 'The name and password of a user, or those of a token.' },
      bearer: { type: 'http', scheme: 'bearer', description: 'The secret of a token.' },
      cookie: {
        type: 'apiKey',
        in: 'cookie',
        name: '__Host-havre',
        description:
          'The session of a browser, which `POST /api/v1/session` begins; without TLS it is called `havre`. What changes something has to come from a page of this registry.',
      },
    },
    schemas: { Problem: problemDocument, OvhError: ovhError, Rule: rule },
  },
};

function operationOf(contract: Contract): ZodOpenApiOperationObject {
  const { method, path, description } = contract;
  const hasBody = method === 'POST' || method === 'PUT';
  const { inPath, inQuery, body } = inputOf(contract, hasBody);
  return {
    operationId: operationIdOf(contract),
    tags: [isOvhPath(path) ? 'ovhcloud' : (path.split('/')[3] ?? '')],
    description: `${description} Needs ${needs(contract)}.`,
    ...(contract.audience === 'everybody' && { security: [{}, { basic: [] }, { bearer: [] }, { cookie: [] }] }),
    requestParams: {
      ...(inPath !== undefined && { path: inPath }),
      ...(inQuery !== undefined && { query: inQuery }),
    },
    ...(body !== undefined && { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: { ...success(contract), ...failures(contract) },
  };
}

/** `putUsersByNamePassword`: a name that programs make functions of. */
function operationIdOf({ method, path }: Contract): string {
  const words = path
    .replace('/api/v1/', '')
    .replace('/cloud/project/', 'ovhcloud/project/')
    .replaceAll(/\{(\w+)\}/g, 'by-$1')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '');
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** `manage-registries`, or what gives that to others than administrators. */
function needs({ ability, action, projectAction, audience }: Contract): string {
  if (audience === 'catalog') return `\`${ability}\`, or an account, or leave to pull without one`;
  if (audience === 'everybody') return 'nothing';
  if (action !== undefined) return `\`${ability}\`, or \`${action}\` on the repository`;
  return projectAction === undefined ? `\`${ability}\`` : `\`${ability}\`, or \`${projectAction}\` in the project`;
}

type Shape = Record<string, z.ZodType>;

interface Input {
  readonly inPath?: z.ZodObject;
  readonly inQuery?: z.ZodObject;
  readonly body?: z.ZodType;
}

/** A contract has one input; `{name}` in its path says which of its fields stand there. */
function inputOf({ input, path }: Contract, hasBody: boolean): Input {
  if (hasBody && !path.includes('{')) return { body: input };
  const entries = Object.entries(shapeOf(input));
  const inPath = Object.fromEntries(entries.filter(([name]) => path.includes(`{${name}}`)));
  const others = Object.fromEntries(entries.filter(([name]) => !path.includes(`{${name}}`)));
  return {
    ...(Object.keys(inPath).length > 0 && { inPath: z.object(inPath) }),
    ...(hasBody && { body: z.strictObject(others) }),
    ...(!hasBody && Object.keys(others).length > 0 && { inQuery: z.object(others) }),
  };
}

function shapeOf(input: z.ZodType): Shape {
  if (input instanceof z.ZodObject) return input.shape as Shape; // of its own types, which are narrower
  if (input instanceof z.ZodPipe) return shapeOf(input.in as z.ZodType); // any schema of zod's is one
  throw new Error('what stands in a path or a query are fields of an object');
}

function success({ reply, output, status }: Contract): Record<string, ZodOpenApiResponseObject> {
  return {
    [`${status ?? 200}`]:
      reply === 'lines'
        ? {
            description: 'Lines of JSON, sent as they come about; the schema is that of one line.',
            content: { 'application/jsonl': { schema: output } },
          }
        : { description: 'Done.', content: { 'application/json': { schema: output } } },
  };
}

const OVH_ERROR = { 'application/json': { schema: ovhError } } as const;

const PROBLEM = { 'application/problem+json': { schema: problemDocument } } as const;

/** Every answer that is a problem, by its name. */
function failureResponses(contracts: readonly Contract[]): Record<string, ZodOpenApiResponseObject> {
  const responses: Record<string, ZodOpenApiResponseObject> = {
    problem: { description: 'Another problem: its `type` says which.', content: PROBLEM },
    'ovh-error': { description: 'What went wrong, as OVHcloud’s API says it.', content: OVH_ERROR },
  };
  for (const [status, codes] of contracts.flatMap((contract) =>
    isOvhPath(contract.path) ? [] : [...problemsOf(contract)],
  )) {
    const description = codes.length === 0 ? 'It is not there.' : codes.map((code) => `\`${code}\``).join(', ');
    responses[responseName(status, codes)] = { description, content: PROBLEM };
  }
  return responses;
}

function failures(contract: Contract): Record<string, { readonly $ref: string }> {
  if (isOvhPath(contract.path)) return { default: referenceTo('ovh-error') };
  const own = [...problemsOf(contract)].map(([status, codes]) => [
    `${status}`,
    referenceTo(responseName(status, codes)),
  ]);
  return { ...Object.fromEntries(own), default: referenceTo('problem') };
}

function referenceTo(name: string): { readonly $ref: string } {
  return { $ref: `#/components/responses/${name}` };
}

/** `404-ACCOUNT_UNKNOWN`. */
function responseName(status: number, codes: readonly string[]): string {
  return [status, ...codes].join('-');
}

/** A reply may gain fields; and what a time looks like is said by its format. */
const plain: ZodOpenApiOverride = ({ jsonSchema, zodSchema, io }) => {
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  if (io === 'output' && zodSchema instanceof z.ZodObject) delete jsonSchema.additionalProperties;
};
