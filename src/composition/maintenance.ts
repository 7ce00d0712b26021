import { sweepSessions } from '../auth/sessions/sweep.ts';
import { pruneAudit } from '../audit/prune.ts';
import type { Config } from '../config.ts';
import { isWithin } from '../gc/window.ts';
import { LEASES } from '../jobs/lease-names.ts';
import { startSchedule, type Job, type Schedule } from '../jobs/schedule.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Content } from './content.ts';
import { remoteRegistryJobs } from './connections.ts';
import { forgetDeliveriesJob } from './event-work.ts';

const EXPIRE_UPLOADS_SECONDS = 600;
const SWEEP_SECONDS = 300;
const SCRUB_LOOK_SECONDS = 60;
const COLLECTION_LOOK_SECONDS = 60;
/** So late a policy may be. */
const POLICY_LOOK_SECONDS = 20;
const PURGE_PLANS_SECONDS = 600;
const PRUNE_HISTORY_SECONDS = 3600;
const PRUNE_AUDIT_SECONDS = 3600;
const SWEEP_SESSIONS_SECONDS = 3600;

/** Starts the work that running servers do beside requests: once, however many they are. */
export function startMaintenance(config: Config, content: Content, log: Logger): Schedule {
  return startSchedule(jobsOf(config, content, log), { leases: content.leases, log });
}

function jobsOf(config: Config, content: Content, log: Logger): readonly Job[] {
  const { auth, gc, uploads, scrub, audit, history, webhooks } = config;
  const { collector } = content;
  const expireUploads: Job = {
    name: 'expire-uploads',
    seconds: Math.min(EXPIRE_UPLOADS_SECONDS, uploads.expireSeconds),
    work: (signal) => collector.expireUploads(uploads.expireSeconds, signal),
  };
  // What a collection forgot is freed later where others may be reading it.
  const sweep: Job = { name: 'sweep', seconds: SWEEP_SECONDS, work: (signal) => collector.sweep(signal) };
  // As the scrub below, it is asked often: so soon another node goes on with what one began.
  const collect: Job = {
    name: LEASES.collection,
    seconds: Math.min(COLLECTION_LOOK_SECONDS, Math.max(1, gc.intervalSeconds)),
    work: async (signal) => {
      const { intervalSeconds, graceSeconds } = gc;
      const times = { intervalSeconds, graceSeconds, uploadIdleSeconds: uploads.expireSeconds };
      const collected = await collector.goOn({ ...times, mayRun: () => mayCollect(gc, content) }, signal);
      if (collected !== undefined) log.info({ ...collected }, 'garbage collected');
    },
  };
  // It is asked often and does something once in a while: so soon another node goes on with what one began.
  const readAll: Job = { name: 'scrub', seconds: SCRUB_LOOK_SECONDS, work: (signal) => content.scrub.run(signal) };
  const { keepDays } = audit;
  const forget: Job = {
    name: 'prune-audit',
    seconds: PRUNE_AUDIT_SECONDS,
    work: (signal) => pruneAudit(content.db, { keepDays, now: new Date(), signal }),
  };
  const purgePlans: Job = {
    name: 'purge-plans',
    seconds: PURGE_PLANS_SECONDS,
    work: (signal) => content.plans.purge(signal),
  };
  const pruneHistory: Job = {
    name: 'prune-history',
    seconds: PRUNE_HISTORY_SECONDS,
    work: (signal) => content.tagHistory.prune(history.keepDays, signal),
  };
  const endSessions: Job = {
    name: 'sweep-sessions',
    seconds: SWEEP_SESSIONS_SECONDS,
    work: async () => void (await sweepSessions(content.db, auth.sessionIdleSeconds, new Date())),
  };
  return [
    expireUploads,
    endSessions,
    ...(history.keepDays > 0 ? [pruneHistory] : []),
    forgetDeliveriesJob(webhooks, content),
    ...remoteRegistryJobs(config, content),
    ...policyJobs(content),
    purgePlans,
    ...(keepDays > 0 ? [forget] : []),
    ...(collector.isSweepDelayed ? [sweep] : []),
    ...(gc.intervalSeconds > 0 ? [collect] : []),
    ...(scrub.intervalDays > 0 ? [readAll] : []),
  ];
}

function policyJobs({ policyRunner, gate }: Content): readonly Job[] {
  const here: Job = {
    name: 'policies',
    seconds: POLICY_LOOK_SECONDS,
    work: (signal) => policyRunner.runDue('here', signal),
  };
  // By itself: however long another registry takes, nothing waits for it here.
  const elsewhere: Job = {
    name: 'policies-elsewhere',
    seconds: POLICY_LOOK_SECONDS,
    work: async (signal) => {
      if (!gate.isClosed) await policyRunner.runDue('elsewhere', signal);
    },
  };
  return [here, elsewhere];
}

/** Within the hours it has; not where nothing can be changed, because the registry has moved away or is about to. */
function mayCollect({ window, timeZone }: Config['gc'], { gate }: Content): boolean {
  return !gate.isClosed && (window === undefined || isWithin(window, timeZone, new Date()));
}
