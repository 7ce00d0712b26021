import type { CheckReport } from '../account.ts';
import { ProviderError } from '../provider-error.ts';
import type { AwsClient, AwsOperation } from './aws-client.ts';
import { AwsError } from './aws-error.ts';
import { AnyAnswer, RepositoriesAnswer } from './ecr-answers.ts';
import type { EcrNames } from './ecr-account.ts';

/** Who AWS takes us for, where that can be found out, and when the secret ends. */
export interface EcrIdentity {
  who(signal: AbortSignal): Promise<{ readonly account: string; readonly arn: string }>;
  secretExpiresAt(signal: AbortSignal): Promise<Date | undefined>;
  /** Everybody may pull: that is not tried. */
  readonly isPublic?: boolean;
  /** Whose the registry is, where its name says so. */
  readonly owner?: string;
}

interface Checked {
  readonly client: AwsClient;
  readonly names: EcrNames;
  readonly identity: EcrIdentity;
  readonly repository: string | undefined;
}

type Ability = 'yes' | 'no' | 'unknown';

/** Nothing has this digest, so that asking for it, or for its deletion, changes nothing. */
const NOTHING = `sha256:${'0'.repeat(64)}`;
/** AWS refuses signatures that are five minutes off; somebody should know before. */
const NOTABLE_SKEW_SECONDS = 60;

/** What credentials that got a login may do. AWS has no list of it: each right is tried on something that is not there. */
export async function checkEcr(checked: Checked, signal: AbortSignal): Promise<CheckReport> {
  const { client, identity } = checked;
  const listed = await listing(checked, signal);
  const repository = checked.repository ?? listed.first;
  const [tried, who, secretExpiresAt] = await Promise.all([
    repository === undefined ? UNTRIED : triedOn(checked, repository, signal),
    // It needs no right; where the way to it is closed, the registry may be used all the same.
    identity.who(signal).catch(() => undefined),
    identity.secretExpiresAt(signal),
  ]);
  const { isMissing, ...rights } = tried;
  const abilities = { list: listed.ability, ...rights };
  refuseIfPowerless(abilities, repository);
  const skew = client.clockSkewSeconds;
  return {
    abilities,
    remarks: remarksOf({ skew, isMissing, repository, owner: identity.owner, account: who?.account }),
    ...(who !== undefined && { account: who.arn }),
    ...(secretExpiresAt !== undefined && { secretExpiresAt }),
    ...(skew !== undefined && { clockSkewSeconds: skew }),
  };
}

interface Tried {
  readonly pull: Ability;
  readonly push: Ability;
  readonly delete: Ability;
  readonly isMissing: boolean;
}

const UNTRIED: Tried = { pull: 'unknown', push: 'unknown', delete: 'unknown', isMissing: false };

async function listing({ client, names }: Checked, signal: AbortSignal): Promise<{ ability: Ability; first?: string }> {
  const input = { ...names.registry, maxResults: 1 };
  try {
    const asked = { operation: 'DescribeRepositories', input, output: RepositoriesAnswer };
    const [found] = (await client.call(asked, signal)).repositories;
    const first = found === undefined ? undefined : names.nameOf(found);
    return { ability: 'yes', ...(first !== undefined && { first }) };
  } catch (error) {
    if (error instanceof AwsError && error.diagnosis === 'forbidden') return { ability: 'no' };
    throw error;
  }
}

async function triedOn({ client, names, identity }: Checked, repository: string, signal: AbortSignal): Promise<Tried> {
  const target = await names.inputOf(repository, signal);
  let isMissing = false;
  const tried = async (operation: string, what: Readonly<Record<string, unknown>>): Promise<Ability> => {
    const asked: AwsOperation<unknown> = { operation, input: { ...target, ...what }, output: AnyAnswer };
    try {
      await client.call(asked, signal);
      return 'yes';
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (error.diagnosis === 'forbidden') return 'no';
      if (error.type === 'RepositoryNotFoundException') isMissing = true;
      if (error.diagnosis === 'failing' || error.diagnosis === 'not-found') return 'unknown';
      throw error;
    }
  };
  const [pull, layers, deletion] = await Promise.all([
    identity.isPublic === true ? ('yes' as const) : tried('BatchGetImage', { imageIds: [{ imageDigest: NOTHING }] }),
    tried('BatchCheckLayerAvailability', { layerDigests: [NOTHING] }),
    tried('BatchDeleteImage', { imageIds: [{ imageDigest: NOTHING }] }),
  ]);
  // Whoever may not look at layers cannot push; whoever may look does not have to be allowed to push.
  return { pull, push: layers === 'no' ? 'no' : 'unknown', delete: deletion, isMissing };
}

/** @throws {ProviderError} the credentials are good, and good for nothing here. */
function refuseIfPowerless(abilities: CheckReport['abilities'], repository: string | undefined): void {
  const { list, pull, push } = abilities;
  if (list !== 'no' || abilities.delete === 'yes') return;
  if (repository === undefined) {
    throw new ProviderError(
      'forbidden',
      'AWS knows these credentials and does not let them list repositories. Allow ecr:DescribeRepositories, or name a repository to test with.',
    );
  }
  if (pull === 'no' && push === 'no') {
    throw new ProviderError(
      'forbidden',
      `AWS knows these credentials and lets them neither list, pull nor delete at ${repository}. The policy of their user or role wants ecr:BatchGetImage and ecr:GetDownloadUrlForLayer at least.`,
    );
  }
}

interface Noted {
  readonly skew: number | undefined;
  readonly isMissing: boolean;
  readonly repository: string | undefined;
  readonly owner: string | undefined;
  readonly account: string | undefined;
}

function remarksOf({ skew, isMissing, repository, owner, account }: Noted): readonly string[] {
  const isSkewed = skew !== undefined && Math.abs(skew) >= NOTABLE_SKEW_SECONDS;
  const isForeign = owner !== undefined && account !== undefined && account !== '' && owner !== account;
  return [
    ...(isSkewed ? [`The clock of this machine is ${Math.abs(skew)} s off that of AWS, which takes 300 s.`] : []),
    ...(isMissing ? [`There is no repository ${repository}: rights were not tried on it.`] : []),
    ...(isForeign
      ? [
          `The registry is of account ${owner}, the credentials are of ${account}: repository policies must let them in.`,
        ]
      : []),
  ];
}
