import type { Finding } from '../../verification/finding.ts';
import { verify, type VerifyOptions, type VerifyProgress, type VerifyReport } from '../../verification/verification.ts';
import { linesEndpoint, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { progressLines, type Telling } from '../progress-lines.ts';
import { verifyRegistry, type VerificationFinding } from './contract.ts';

type VerificationEndpointParts = Pick<AdminParts, 'verification' | 'now' | 'onFailure'>;

interface FindingLine {
  readonly event: 'finding' | 'repaired';
  readonly finding: VerificationFinding;
}

export function verificationEndpoints(parts: VerificationEndpointParts): readonly Endpoint[] {
  return [
    linesEndpoint(verifyRegistry, async ({ full, repair }, { signal }) =>
      progressLines((tell: Telling<VerifyProgress, FindingLine>) => run(parts, { full, repair, signal }, tell), {
        ...parts,
        signal,
      }),
    ),
  ];
}

async function run(
  { verification }: VerificationEndpointParts,
  options: VerifyOptions,
  tell: Telling<VerifyProgress, FindingLine>,
): Promise<VerifyReport> {
  const running = verify(verification, options);
  for (;;) {
    const { done, value } = await running.next();
    if (done === true) return value;
    if (value.event === 'progress') tell.progress({ check: value.check, count: value.count, bytes: value.bytes });
    else tell.line({ event: value.event, finding: findingOf(value.finding) });
  }
}

function findingOf({ kind, subject, problem, repair }: Finding): VerificationFinding {
  return { kind, subject, problem, repair: repair?.plan ?? null };
}
