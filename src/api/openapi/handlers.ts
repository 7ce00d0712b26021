import type { Contract } from '../contract.ts';
import { endpoint, type Endpoint } from '../endpoint.ts';
import { readOpenApi } from './contract.ts';
import { openApiDocument, type OpenApiDocument } from './document.ts';

/** @param contracts of all other endpoints. */
export function openApiEndpoints(contracts: readonly Contract[]): readonly Endpoint[] {
  // Made when it is first asked for: most servers never are.
  let document: OpenApiDocument | undefined;
  return [
    endpoint(readOpenApi, async () => {
      document ??= openApiDocument([...contracts, readOpenApi]);
      return { ...document };
    }),
  ];
}
