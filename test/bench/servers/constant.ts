import { tmpdir } from 'node:os';
import { freePort } from '../../support/ports.ts';
import { spawnServer, type RunningServer } from './server.ts';

/** One reply, for every request. */
export interface ConstantReply {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Headers the server itself writes: repeating them would double them. */
const WRITTEN_BY_SERVER = new Set(['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding']);

/** A bare `Bun.serve` that answers what `url` answered: the most that this runtime can do on one thread. */
export async function startConstant(url: string, request: RequestInit): Promise<RunningServer> {
  const original = await fetch(url, request);
  const headers = Object.fromEntries([...original.headers].filter(([name]) => !WRITTEN_BY_SERVER.has(name)));
  const reply: ConstantReply = { headers, body: await original.text() };
  const port = await freePort();
  return spawnServer({
    name: 'bare Bun.serve',
    command: [process.execPath, import.meta.path, String(port), JSON.stringify(reply)],
    folder: tmpdir(),
    port,
  });
}

if (import.meta.main) {
  const { headers, body } = JSON.parse(process.argv[3] ?? '{}') as ConstantReply;
  Bun.serve({
    hostname: '127.0.0.1',
    port: Number(process.argv[2]),
    fetch: () => new Response(body, { headers }),
  });
}
