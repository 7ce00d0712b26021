import { openApiDocument } from '../../src/api/openapi/document.ts';
import { everyContract } from './contracts.ts';

/** What a server answers at `/api/v1/openapi.json`. */
export async function openApiPage(): Promise<string> {
  return `${JSON.stringify(openApiDocument(await everyContract()), null, 2)}\n`;
}
