/**
 * Writes the pages of docs/ that follow from tables in the code. With `--check` it writes nothing, and fails when a
 * page is not what the code says.
 */
import { join } from 'node:path';
import { adminApiPage } from './docs/admin-api-page.ts';
import { apiPage } from './docs/api-page.ts';
import { cliPage } from './docs/cli-page.ts';
import { configurationPage } from './docs/configuration-page.ts';
import { errorsPage } from './docs/errors-page.ts';
import { openApiPage } from './docs/openapi-page.ts';

const FOLDER = join(import.meta.dir, '../docs');

const PAGES = new Map<string, () => string | Promise<string>>([
  // First: the page of the admin API gives names to schemas.
  ['openapi.json', openApiPage],
  ['configuration.md', configurationPage],
  ['cli.md', cliPage],
  ['api.md', apiPage],
  ['admin-api.md', adminApiPage],
  ['errors.md', errorsPage],
]);

const isCheck = process.argv.includes('--check');
let stale = 0;
for (const [name, write] of PAGES) {
  const file = Bun.file(join(FOLDER, name));
  const text = await write();
  if ((await file.exists()) && (await file.text()) === text) continue;
  stale += 1;
  if (isCheck) console.error(`docs/${name} is not what the code says: run \`npm run docs\`.`);
  else {
    await Bun.write(file, text);
    console.log(`docs/${name} written.`);
  }
}
if (isCheck && stale > 0) process.exitCode = 1;
