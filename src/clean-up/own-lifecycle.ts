import type { Connection } from '../connections/connection.ts';
import type { Connections } from '../connections/connections.ts';
import type { OwnLifecycle, OwnPolicy, PreviewedImage, RemoteImage } from '../providers/account.ts';
import { ProviderError } from '../providers/provider-error.ts';
import { decide } from '../retention/decide.ts';
import type { Image } from '../retention/image.ts';
import { PolicyInvalidError, type PolicyProblem } from '../retention/problem.ts';
import { readPolicy } from '../retention/read-policy.ts';
import { comparePreviews, type ComparedPreviews } from './compare-previews.ts';

/** The registry of this kind applies no lifecycle policies of its own, or Havre does not know them. */
export class LifecycleUnsupportedError extends Error {
  constructor({ name, kind }: Pick<Connection, 'name' | 'kind'>) {
    super(
      `${name} is of kind ${kind}: lifecycle policies of the registry's own are known of Amazon ECR (kind ecr) alone. Havre cleans up there by plans: havre plan create --registry.`,
    );
    this.name = new.target.name;
  }
}

/** There is nothing to preview. */
export class NoOwnPolicyError extends Error {
  constructor(repository: string) {
    super(`${repository} has no lifecycle policy there: say the document to be previewed.`);
    this.name = new.target.name;
  }
}

export interface OwnPolicyView {
  readonly policy: OwnPolicy;
  /** What our reader does not understand of it. */
  readonly problems: readonly PolicyProblem[];
  readonly warnings: readonly PolicyProblem[];
}

export interface LifecycleProgress {
  /** `reckoning`: the registry is waited for. */
  readonly phase: 'images' | 'reckoning';
  readonly images: number;
}

export interface LifecyclePreview extends ComparedPreviews {
  readonly warnings: readonly PolicyProblem[];
  /** Why there is no word of the registry itself. */
  readonly registryProblem: string | undefined;
}

export interface PreviewOptions {
  readonly signal: AbortSignal;
  readonly now: () => Date;
  readonly onProgress?: (progress: LifecycleProgress) => void;
}

type Accounts = Pick<Connections, 'account'>;

/** What the registry's own API asks for; ours takes less. */
const MIN_LENGTH = 100;

/**
 * @throws {LifecycleUnsupportedError}
 * @throws {ProviderError}
 * @returns `undefined`: the repository has none.
 */
export async function readOwnPolicy(
  connections: Accounts,
  connection: Connection,
  { repository, signal }: { readonly repository: string; readonly signal: AbortSignal },
): Promise<OwnPolicyView | undefined> {
  const { lifecycle } = await openedFor(connections, connection);
  const policy = await lifecycle.read(repository, signal);
  if (policy === undefined) return undefined;
  try {
    return { policy, problems: [], warnings: readPolicy('ecr', policy.text).warnings };
  } catch (error) {
    if (!(error instanceof PolicyInvalidError)) throw error;
    return { policy, problems: error.problems, warnings: [] };
  }
}

/**
 * Replaces the policy that the registry applies by itself. What is wrong with it is found before the registry is asked.
 *
 * @throws {LifecycleUnsupportedError}
 * @throws {PolicyInvalidError} with everything that is wrong.
 * @throws {ProviderError}
 */
export async function writeOwnPolicy(
  connections: Accounts,
  connection: Connection,
  { repository, text, signal }: { readonly repository: string; readonly text: string; readonly signal: AbortSignal },
): Promise<readonly PolicyProblem[]> {
  const { lifecycle } = await openedFor(connections, connection);
  const { warnings } = readPolicy('ecr', text);
  if (text.length < MIN_LENGTH) {
    const message = `shorter than the ${MIN_LENGTH} characters that ECR asks for: a description makes it longer`;
    throw new PolicyInvalidError([{ path: '', message }]);
  }
  await lifecycle.write(repository, text, signal);
  return warnings;
}

/**
 * What a policy would do, as the registry itself reckons and as Havre does, image by image. Nothing is deleted.
 *
 * @param text absent: the policy that is there.
 * @throws {LifecycleUnsupportedError}
 * @throws {NoOwnPolicyError}
 * @throws {PolicyInvalidError}
 * @throws {ProviderError} its images cannot be read. That it cannot be asked for a preview is part of the answer.
 */
export async function previewOwnPolicy(
  connections: Accounts,
  connection: Connection,
  wanted: { readonly repository: string; readonly text: string | undefined },
  { signal, now, onProgress = () => undefined }: PreviewOptions,
): Promise<LifecyclePreview> {
  const { repository } = wanted;
  const { account, lifecycle } = await openedFor(connections, connection);
  const text = wanted.text ?? (await lifecycle.read(repository, signal))?.text;
  if (text === undefined) throw new NoOwnPolicyError(repository);
  const document = readPolicy('ecr', text);
  const at = now().getTime();
  const images: RemoteImage[] = [];
  onProgress({ phase: 'images', images: 0 });
  for await (const image of account.images(repository, signal)) {
    images.push(image);
    if (images.length % 100 === 0) onProgress({ phase: 'images', images: images.length });
  }
  onProgress({ phase: 'reckoning', images: images.length });
  const previewed = await previewedBy(lifecycle, { repository, text, signal });
  const decisions = decide(
    images.map((image) => retentionImage(image, at)),
    document.policyFor(repository),
    at,
  );
  return {
    ...comparePreviews(images, decisions, previewed.images),
    warnings: document.warnings,
    registryProblem: previewed.problem,
  };
}

interface Previewed {
  readonly images: readonly PreviewedImage[] | undefined;
  readonly problem: string | undefined;
}

async function previewedBy(
  lifecycle: OwnLifecycle,
  { repository, text, signal }: { readonly repository: string; readonly text: string; readonly signal: AbortSignal },
): Promise<Previewed> {
  try {
    const images: PreviewedImage[] = [];
    for await (const image of lifecycle.preview(repository, text, signal)) images.push(image);
    return { images, problem: undefined };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ProviderError)) throw error;
    return { images: undefined, problem: error.message };
  }
}

/** When it was pushed is always known there; were it not, it would count as new. */
function retentionImage(image: RemoteImage, now: number): Image {
  const { digest, tags, pushedAt, pulledAt, archivedAt, activatedAt, children, subject, bytes, mediaType } = image;
  return {
    digest,
    tags,
    pushedAt: pushedAt?.getTime() ?? now,
    ...(pulledAt !== undefined && { pulledAt: pulledAt.getTime() }),
    ...(archivedAt !== undefined && { transitionedAt: archivedAt.getTime() }),
    ...(activatedAt !== undefined && { lastActivatedAt: activatedAt.getTime() }),
    ...(children !== undefined && { children }),
    ...(subject && { subject }),
    ...(bytes !== undefined && { size: bytes }),
    ...(mediaType !== undefined && { mediaType }),
  };
}

async function openedFor(
  connections: Accounts,
  connection: Connection,
): Promise<{ readonly account: Awaited<ReturnType<Accounts['account']>>; readonly lifecycle: OwnLifecycle }> {
  const account = await connections.account(connection.id);
  if (account.lifecycle === undefined) throw new LifecycleUnsupportedError(connection);
  return { account, lifecycle: account.lifecycle };
}
