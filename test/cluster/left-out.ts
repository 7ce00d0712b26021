import { Glob } from 'bun';
import { join } from 'node:path';

/** Tests that are about one machine's folder, and why. */
const ABOUT_ONE_MACHINE: ReadonlyMap<string, string> = new Map([
  [
    'seed-private-registry.test.ts',
    'is about one server whose images are in one folder: it counts their files, and configures it by the .env beside them',
  ],
]);

/** The test files of these folders without those that are about one machine, each of which is named with its reason. */
export function leftOut(folders: readonly string[]): string[] {
  const files = folders.flatMap((folder) =>
    folder.endsWith('.test.ts')
      ? [folder]
      : [...new Glob('**/*.test.ts').scanSync(folder)].map((file) => join(folder, file)),
  );
  return files.toSorted().filter((file) => {
    const reason = [...ABOUT_ONE_MACHINE].find(([name]) => file.endsWith(name))?.[1];
    if (reason !== undefined) console.log(`skipped: on three nodes: ${file}: ${reason}`);
    return reason === undefined;
  });
}
