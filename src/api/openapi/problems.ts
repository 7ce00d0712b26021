import type { Contract } from '../contract.ts';

/** Codes of the problems that an endpoint may answer with, by status: those that follow from what it is, and its own. */
export function problemsOf(contract: Contract): ReadonlyMap<number, readonly string[]> {
  const { method, path, problems = {} } = contract;
  const codes = new Map<number, string[]>();
  const add = (status: number, ...added: readonly string[]): void => {
    codes.set(status, [...(codes.get(status) ?? []), ...added]);
  };
  const hasBody = method === 'POST' || method === 'PUT';
  const isChange = method !== 'GET';
  add(400, 'INPUT_INVALID', ...(hasBody ? ['BODY_INVALID'] : []));
  add(401, 'UNAUTHORIZED');
  add(403, ...(contract.audience === undefined ? ['DENIED'] : []), 'CSRF_REFUSED');
  if (hasBody) add(413, 'BODY_TOO_LARGE');
  if (isChange) add(415, 'CONTENT_TYPE_UNSUPPORTED');
  add(429, 'TOOMANYREQUESTS');
  add(500, 'UNKNOWN');
  add(503, 'UNKNOWN');
  for (const [status, own] of Object.entries(problems)) add(Number(status), ...own);
  if (path.includes('{') && !codes.has(404)) add(404);
  return new Map([...codes].toSorted(([one], [other]) => one - other));
}
