import type { Endpoint } from './endpoint.ts';
import { ProblemError } from './problem.ts';

export interface Match {
  readonly endpoint: Endpoint;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Finds the endpoint for a request. There are too few for more than a walk through the table.
 *
 * @param path as it is in the URL, still encoded.
 * @throws {ProblemError} no such path, or not with this method.
 */
export function matchEndpoint(endpoints: readonly Endpoint[], method: string, path: string): Match {
  const found = endpoints.flatMap((endpoint) => {
    const parameters = matchPath(endpoint.contract.path, path);
    return parameters === undefined ? [] : [{ endpoint, parameters }];
  });
  const wanted = method === 'HEAD' ? 'GET' : method;
  const match = found.find(({ endpoint }) => endpoint.contract.method === wanted);
  if (match !== undefined) return match;
  const allow = allowedMethods(endpoints, path);
  throw new ProblemError(405, 'METHOD_NOT_ALLOWED', `Allowed here: ${allow}.`, { headers: { Allow: allow } });
}

/**
 * For `Allow`: whoever has `GET` has `HEAD`.
 *
 * @param path as it is in the URL, still encoded.
 * @throws {ProblemError} no such path.
 */
export function allowedMethods(endpoints: readonly Endpoint[], path: string): string {
  const methods = endpoints.flatMap(({ contract }) =>
    matchPath(contract.path, path) === undefined ? [] : [contract.method],
  );
  if (methods.length === 0) throw new ProblemError(404, 'ENDPOINT_UNKNOWN', 'The admin API has no such path.');
  return [...methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])), 'OPTIONS'].join(', ');
}

function matchPath(template: string, path: string): Record<string, string> | undefined {
  const wanted = template.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const text = decoded(given[index] ?? '');
    if (text === undefined) return undefined;
    if (part.startsWith('{') && text !== '') parameters[part.slice(1, -1)] = text;
    else if (part !== text) return undefined;
  }
  return parameters;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
