import { Command, InvalidArgumentError } from 'commander';
import { parseByteSize } from '../../oci/byte-size.ts';
import { addQuota, changeQuota } from '../../api/quotas/contract.ts';
import { ask } from '../admin-client.ts';
import { UsageError } from '../cli-error.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { limitsInWords } from '../quota-words.ts';
import { parsePatternArgument } from '../rule-argument.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';
import { allQuotas } from './quota-list.ts';

/** A limit that was not named stays as it is. */
interface Options extends WhereOptions {
  readonly bytes?: number | 'none';
  readonly manifests?: number | 'none';
  readonly tags?: number | 'none';
}

export function quotaSet(invocation: Invocation): Command {
  const command = new Command('set')
    .description('Say how much the repositories of a pattern may hold together. It holds for the next push.')
    .argument(
      '<pattern>',
      'repositories: team/app, team/* (one level), team/** (all below), ** (all)',
      parsePatternArgument,
    )
    .option('--bytes <size>', 'of blobs and manifests, such as 10GiB; none: no limit', parseBytes)
    .option('--manifests <count>', 'how many manifests; none: no limit', parseCount)
    .option('--tags <count>', 'how many tags; none: no limit', parseCount)
    .action((pattern: string, options: Options) => run(invocation, pattern, options));
  return examples(withWhereOptions(command), [
    ["havre quota set 'team/**' --bytes 50GiB"],
    ["havre quota set 'sandbox/*' --bytes 2GiB --tags 100"],
    ["havre quota set 'team/**' --tags none", 'the other limits stay'],
  ]);
}

async function run(invocation: Invocation, pattern: string, options: Options): Promise<void> {
  const { bytes, manifests, tags } = options;
  if (bytes === undefined && manifests === undefined && tags === undefined) {
    throw new UsageError('Say at least one of --bytes, --manifests and --tags.');
  }
  const limits = {
    ...(bytes !== undefined && { bytes: limitOf(bytes) }),
    ...(manifests !== undefined && { manifests: limitOf(manifests) }),
    ...(tags !== undefined && { tags: limitOf(tags) }),
  };
  const quota = await withAdmin(invocation, options, async (connection) => {
    const known = (await allQuotas(connection)).find((one) => one.pattern === pattern);
    const reply =
      known === undefined
        ? await ask(connection, addQuota, { pattern, ...limits })
        : await ask(connection, changeQuota, { id: known.id, ...limits });
    return reply.quota;
  });
  const over = quota.percent > 100 ? ' That is more than they may: nothing is taken until it is less.' : '';
  const text = `Set: repositories ${pattern} hold ${limitsInWords(quota)}.${over}`;
  invocation.show(options, { json: quota, text });
}

function limitOf(given: number | 'none'): number | null {
  return given === 'none' ? null : given;
}

function parseBytes(text: string): number | 'none' {
  if (text === 'none') return text;
  const bytes = parseByteSize(text);
  if (bytes === undefined) throw new InvalidArgumentError('It must be like 10GiB, 500MB or none.');
  return bytes;
}

function parseCount(text: string): number | 'none' {
  if (text === 'none') return text;
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number or none.');
  return Number(text);
}
