import { writeFile } from 'node:fs/promises';
import type { Login } from './server.ts';

/** Writes an htpasswd file with one bcrypt entry, at the cost `htpasswd -B` uses when not told otherwise (5). */
export async function writeHtpasswd(path: string, login: Login): Promise<void> {
  const hash = await Bun.password.hash(login.password, { algorithm: 'bcrypt', cost: 5 });
  await writeFile(path, `${login.username}:${hash.replace(/^\$2b\$/, '$2y$')}\n`);
}
