import { Command, InvalidArgumentError } from 'commander';
import { ClientError, ReferenceInvalidError, UnreachableError } from '../../client/client-error.ts';
import { LATEST, type Reference } from '../../client/reference.ts';
import { Copier, NothingToCopyError, type CopyOptions } from '../../copying/copier.ts';
import { parsePlatform, type WantedPlatform } from '../../copying/platform.ts';
import { CopyProgress } from '../../copying/progress.ts';
import { copyRepository, parseTagPattern, type CopiedRepository } from '../../copying/repository-copy.ts';
import { CannotReachError, CliError, EXIT, InterruptedError, RefusedError, UsageError } from '../cli-error.ts';
import { showCopyProgress } from '../copy-bar.ts';
import { openEnd, referenceOf, shownReference, withEndOptions, type EndOptions } from '../copy-ends.ts';
import { copyInWords, type CopyReport } from '../copy-report.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { ProgressLine } from '../progress-line.ts';

interface Options extends EndOptions {
  readonly platform?: readonly WantedPlatform[];
  readonly allTags?: true;
  readonly tags?: readonly string[];
  readonly referrers: boolean;
  readonly jobs: number;
  readonly dryRun?: true;
  readonly quiet?: true;
  readonly json?: true;
}

const DEFAULT_JOBS = 4;
const MAX_JOBS = 64;

export function copy(invocation: Invocation): Command {
  const command = new Command('copy')
    .description(
      'Copy images from one registry to another, or inside one: all platforms, and the signatures and attestations that belong to them, with the same digests. What is there is not sent again, so a copy that was broken off is finished by the same command. Either end may be any registry, such as this one.',
    )
    .summary('Copy images from one registry to another.')
    .argument('<source>', '[host[:port]/]name[:tag][@digest]; without a host, Docker Hub')
    .argument('<destination>', 'the same; without a tag, the tag of the source')
    .option<readonly WantedPlatform[]>(
      '--platform <os/arch,…>',
      'of one platform, copy that image alone; of several, copy the index as it is, and leave the other images out',
      parsePlatforms,
    )
    .option('--all-tags', 'copy every tag of the repository')
    .option<readonly string[]>('--tags <pattern>', 'copy these tags, such as 1.*; can be said several times', parseTags)
    .option('--no-referrers', 'leave behind signatures, attestations and whatever else refers to the images')
    .option('--jobs <count>', 'how many blobs and requests go at the same time', parseJobs, DEFAULT_JOBS)
    .option('-d, --dry-run', 'say what would be sent, and send nothing')
    .option('-q, --quiet', 'say nothing but errors')
    .option('--json', 'for programs: JSON on stdout')
    .action((source: string, destination: string, options: Options) => run(invocation, [source, destination], options));
  return examples(withEndOptions(command), [
    ['havre copy nginx:1.27 registry.example.org/mirror/nginx', 'all platforms, from Docker Hub'],
    ['havre copy ghcr.io/team/app@sha256:… localhost:5000/team/app:1.4'],
    ['havre copy --all-tags old.example.org/team/app new.example.org/team/app', 'a whole repository'],
    ["havre copy --tags '1.*' --tags latest http://old.lan:5000/app new.example.org/app"],
    ['havre copy --platform linux/arm64 alpine localhost:5000/alpine:arm64', 'one image, no index'],
    ['havre copy --dry-run --json nginx localhost:5000/nginx'],
  ]);
}

function parsePlatforms(text: string, earlier: readonly WantedPlatform[] = []): readonly WantedPlatform[] {
  return text.split(',').reduce((all, one) => {
    const platform = parsePlatform(one);
    if (platform === undefined) throw new InvalidArgumentError('It must be like linux/amd64 or linux/arm/v7.');
    return [...all, platform];
  }, earlier);
}

function parseTags(text: string, earlier: readonly string[] = []): readonly string[] {
  if (parseTagPattern(text) === undefined) throw new InvalidArgumentError('No tag is like that. * is any text in one.');
  return [...earlier, text];
}

function parseJobs(text: string): number {
  const jobs = /^\d+$/.test(text) ? Number(text) : 0;
  if (jobs >= 1 && jobs <= MAX_JOBS) return jobs;
  throw new InvalidArgumentError(`It must be a number from 1 to ${MAX_JOBS}.`);
}

async function run(
  invocation: Invocation,
  [from, to]: readonly [source: string, destination: string],
  options: Options,
): Promise<void> {
  const signal = invocation.host.interruption();
  try {
    const source = referenceOf(from, options);
    const destination = withTagOf(source, referenceOf(to, options), options);
    await copyBetween(invocation, { source, destination }, { options, signal });
  } catch (error) {
    throw signal.aborted ? new InterruptedError() : asCliError(error);
  }
}

interface Ends {
  readonly source: Reference;
  readonly destination: Reference;
}

async function copyBetween(
  invocation: Invocation,
  { source, destination }: Ends,
  { options, signal }: { options: Options; signal: AbortSignal },
): Promise<void> {
  const progress = new CopyProgress();
  const copyOptions: CopyOptions = {
    source: await openEnd(invocation, { end: 'source', reference: source, actions: ['pull'] }, options),
    destination: await openEnd(
      invocation,
      { end: 'destination', reference: destination, actions: options.dryRun === true ? ['pull'] : ['pull', 'push'] },
      options,
    ),
    progress,
    signal,
    jobs: options.jobs,
    withReferrers: options.referrers,
    ...(options.platform !== undefined && { platforms: options.platform }),
    ...(options.dryRun === true && { isDryRun: true }),
  };
  const { images, failed } = await shown(invocation, options, progress, () =>
    wantsTags(options) ? copyTags(copyOptions, options) : copyOne(copyOptions, source, destination),
  );
  const report: CopyReport = {
    source: shownReference(source),
    destination: shownReference(destination),
    dryRun: options.dryRun === true,
    images,
    failed,
    manifests: progress.manifests,
    blobs: progress.blobs,
    referrers: progress.referrers,
    bytes: options.dryRun === true ? progress.bytes.total : progress.bytes.sent,
  };
  if (failed.length > 0) invocation.exitCode = EXIT.failure;
  if (options.quiet !== true || options.json === true || failed.length > 0) {
    invocation.show(options, { json: report, text: copyInWords(report) });
  }
}

async function shown<Result>(
  { host }: Invocation,
  { quiet, json }: Options,
  progress: CopyProgress,
  work: () => Promise<Result>,
): Promise<Result> {
  using _ = showCopyProgress(progress, new ProgressLine(quiet === true || json === true ? undefined : host.stderr));
  return await work();
}

async function copyOne(options: CopyOptions, source: Reference, destination: Reference): Promise<CopiedRepository> {
  const copier = new Copier({ ...options, stopsAtFailure: true });
  const image = await copier.copyImage(source.digest ?? source.tag ?? LATEST, destination.tag);
  if (destination.digest !== undefined && destination.digest !== image.digest) {
    throw new CliError(`The image is ${image.digest}, and not what the destination is called.`);
  }
  return { images: [image], failed: [] };
}

async function copyTags(options: CopyOptions, { tags = ['*'] }: Options): Promise<CopiedRepository> {
  const patterns = tags.map(parseTagPattern);
  return await copyRepository(options, (tag) => patterns.some((matches) => matches?.(tag) === true));
}

function wantsTags({ allTags, tags }: Options): boolean {
  return allTags === true || tags !== undefined;
}

/** @throws {UsageError} */
function withTagOf(source: Reference, destination: Reference, options: Options): Reference {
  if (options.allTags === true && options.tags !== undefined) {
    throw new UsageError('--all-tags and --tags: say one of them.');
  }
  const named = [source, destination].find(({ tag, digest }) => tag !== undefined || digest !== undefined);
  if (wantsTags(options)) {
    if (named === undefined) return destination;
    throw new UsageError(`With --all-tags or --tags, neither end has a tag: ${shownReference(named)} has.`);
  }
  if (destination.tag !== undefined || destination.digest !== undefined) return destination;
  const tag = source.tag ?? (source.digest === undefined ? LATEST : undefined);
  return { ...destination, ...(tag !== undefined && { tag }) };
}

function asCliError(error: unknown): unknown {
  if (error instanceof ReferenceInvalidError) return new UsageError(error.message);
  if (error instanceof UnreachableError) return new CannotReachError(error.message, { cause: error });
  if (error instanceof ClientError) return new RefusedError(error.code, error.message);
  if (error instanceof NothingToCopyError) return new RefusedError('NOT_FOUND', error.message);
  return error;
}
