import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { removeFolder, temporaryFolder } from '../support/folders.ts';
import { freePort } from '../support/ports.ts';
import { startOneHavre, type HavreOptions, type RunningHavre } from '../support/server.ts';
import { ownBackends } from './backends.ts';
import { startBalancer } from './balancer.ts';

/** The first one's folder is the one the caller knows: commands find its control socket there. */
const OTHER_NODES = 2;

/**
 * Three Havres on one database and one bucket, behind a load balancer, in the place of one Havre. What is kept belongs to
 * the data folder, as with one: who starts them again on the same folder finds the same facts and the same bytes.
 */
export async function startThreeHavres(options: HavreOptions): Promise<RunningHavre> {
  const stack = new AsyncDisposableStack();
  try {
    return await start(options, stack);
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function start(options: HavreOptions, stack: AsyncDisposableStack): Promise<RunningHavre> {
  const port = options.port ?? (await freePort());
  const others = folderOf(stack, 'nodes');
  const data = options.data ?? folderOf(stack, 'data');
  const shared = {
    // Whoever the caller trusts is here, too: what stands before the three of them is one more.
    HAVRE_HTTP_TRUSTED_PROXIES: '127.0.0.1',
    // One for all of them, as people have to give it.
    HAVRE_SECRETS_KEY: createHash('sha256').update(`key of ${data}`).digest('base64'),
    ...options.env,
    ...(await ownBackends(`havre_${createHash('sha256').update(data).digest('hex').slice(0, 16)}`)),
  };
  const folders = [data, ...Array.from({ length: OTHER_NODES }, (_, place) => join(others, String(place)))];
  const nodes = await allOf(
    folders.map(async (folder) => {
      const own = await freePort();
      const env = { ...shared, HAVRE_DATA: folder, HAVRE_HTTP_ADDRESS: `127.0.0.1:${own}` };
      return await startOneHavre({ ...options, data: folder, port: own, env });
    }),
  );
  const [first] = nodes;
  if (first === undefined) throw new Error('there are no nodes');
  const listen = options.env?.['HAVRE_HTTP_ADDRESS'] ?? `127.0.0.1:${port}`;
  const { scheme } = options;
  const program = process.env['TEST_BALANCER'] === 'nginx' && scheme !== 'https' ? 'nginx' : 'haproxy';
  const balanced = nodes.map((node) => `127.0.0.1:${node.port}`);
  stack.use(await startBalancer({ program, listen, nodes: balanced, ...(scheme && { scheme }) }));
  const end = async (how: (node: RunningHavre) => Promise<number | void>): Promise<number> => {
    const statuses = await Promise.all(nodes.map(how));
    await stack.disposeAsync();
    return Math.max(...statuses.map((status) => status ?? 0));
  };
  return {
    ...first,
    url: `${scheme ?? 'http'}://127.0.0.1:${port}`,
    port,
    data,
    logs: () => nodes.map((node) => node.logs()).join('\n'),
    stop: () => end((node) => node.stop()),
    kill: async () => void (await end((node) => node.kill())),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
      await stack.disposeAsync();
    },
  };
}

/** All of them or none. */
async function allOf(starting: readonly Promise<RunningHavre>[]): Promise<RunningHavre[]> {
  const settled = await Promise.allSettled(starting);
  const started = settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = settled.find((outcome) => outcome.status === 'rejected');
  if (failed === undefined) return started;
  await Promise.all(started.map((node) => node.kill()));
  throw failed.reason;
}

/** A new folder, removed with the stack. */
function folderOf(stack: AsyncDisposableStack, purpose: string): string {
  return stack.adopt(temporaryFolder(purpose), removeFolder);
}
