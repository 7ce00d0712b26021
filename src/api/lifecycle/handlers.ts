import type { Actor } from '../../metadata/actor.ts';
import type { Connection } from '../../connections/connection.ts';
import type { Connections } from '../../connections/connections.ts';
import {
  LifecycleUnsupportedError,
  NoOwnPolicyError,
  previewOwnPolicy,
  readOwnPolicy,
  writeOwnPolicy,
  type LifecycleProgress,
} from '../../clean-up/own-lifecycle.ts';
import { PolicyInvalidError } from '../../retention/problem.ts';
import { endpoint, linesEndpoint, type AdminCall, type Endpoint } from '../endpoint.ts';
import type { AdminParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import { progressLines } from '../progress-lines.ts';
import { accessibleConnection } from '../registries/access.ts';
import { pausing } from '../registries/pausing.ts';
import { previewLifecycle, putLifecycle, showLifecycle, type LifecycleReport } from './contract.ts';
import { policyReply, reportReply } from './lifecycle-reply.ts';

export interface LifecycleApiParts extends Pick<AdminParts, 'now' | 'onFailure'> {
  readonly connections: Pick<Connections, 'get' | 'account'>;
}

/** The lifecycle policies that connected registries apply by themselves. */
export function lifecycleEndpoints(parts: LifecycleApiParts): readonly Endpoint[] {
  const { connections, now } = parts;
  return [
    endpoint(showLifecycle, async ({ id, repository }, { identity, signal }) => {
      const connection = await accessibleConnection(connections, id, 'registries:read', identity);
      const found = await telling(now, () => readOwnPolicy(connections, connection, { repository, signal }));
      return { policy: found === undefined ? null : policyReply(found) };
    }),
    endpoint(putLifecycle, async ({ id, repository, document }, call) => {
      const connection = await accessibleConnection(connections, id, 'registries:manage', call.identity);
      const wanted = { repository, text: document, signal: call.signal };
      const deed = { connection, repository, call };
      const warnings = await recorded(deed, () => telling(now, () => writeOwnPolicy(connections, connection, wanted)));
      return { warnings: [...warnings] };
    }),
    linesEndpoint(previewLifecycle, async ({ id, repository, document }, { identity, signal }) => {
      const connection = await accessibleConnection(connections, id, 'registries:read', identity);
      return progressLines<LifecycleProgress, never, LifecycleReport>(
        async (tell) => {
          const options = { signal, now, onProgress: (progress: LifecycleProgress) => tell.progress(progress) };
          const wanted = { repository, text: document };
          const preview = await telling(now, () => previewOwnPolicy(connections, connection, wanted, options));
          return reportReply(repository, preview);
        },
        { ...parts, signal },
      );
    }),
  ];
}

async function telling<Result>(now: () => Date, work: () => Promise<Result>): Promise<Result> {
  try {
    return await pausing(now, work);
  } catch (error) {
    if (error instanceof LifecycleUnsupportedError) throw new ProblemError(422, 'LIFECYCLE_UNSUPPORTED', error.message);
    if (error instanceof NoOwnPolicyError) throw new ProblemError(404, 'LIFECYCLE_UNKNOWN', error.message);
    throw error;
  }
}

interface Writing {
  readonly connection: Connection;
  readonly repository: string;
  readonly call: Pick<AdminCall, 'record'> & { readonly actor: Actor };
}

/** A policy deletes long after whoever gave it has gone: it is written down, also where the registry did not take it. */
async function recorded<Result>(
  { connection, repository, call }: Writing,
  work: () => Promise<Result>,
): Promise<Result> {
  const { id: registry, name, project } = connection;
  const entry = { action: 'registry.lifecycle-replaced', details: { registry, name, project, at: repository } };
  try {
    const result = await work();
    await call.record(entry);
    return result;
  } catch (error) {
    const isRefusedHere = error instanceof PolicyInvalidError || error instanceof ProblemError;
    if (!isRefusedHere) await call.record({ ...entry, outcome: 'failed' });
    throw error;
  }
}
